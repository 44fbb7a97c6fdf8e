import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AppError } from "@faultline/contracts";
import type { VectorStore } from "@faultline/logs/encoders";

const SCHEMA = `
	PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;
	CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, model TEXT NOT NULL, key TEXT NOT NULL, vector BLOB NOT NULL, UNIQUE (model, key));
	CREATE TABLE IF NOT EXISTS counts (model TEXT PRIMARY KEY, hits INTEGER NOT NULL, misses INTEGER NOT NULL);
`;
/** Vectors that are kept; the oldest go first. */
const MOST = 200_000;

/** Vectors in one SQLite file of this machine, which several processes may share. A damaged file is thrown away: all of it can be computed anew. */
export function sqliteVectors(path: string, most: number = MOST): VectorStore {
	const database = openOrRebuild(path);
	const read = database.prepare("SELECT vector FROM vectors WHERE model = ? AND key = ?");
	const write = database.prepare("INSERT OR REPLACE INTO vectors (model, key, vector) VALUES (?, ?, ?)");
	const trim = database.prepare("DELETE FROM vectors WHERE id <= (SELECT max(id) FROM vectors) - ?");
	const count = database.prepare(
		"INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (model) DO UPDATE SET hits = hits + excluded.hits, misses = misses + excluded.misses",
	);
	const guard = <T>(work: () => T): Promise<T> => {
		try {
			return Promise.resolve(work());
		} catch (cause) {
			return Promise.reject(failed(path, cause));
		}
	};
	return {
		kind: "sqlite",
		read: (model, keys) => guard(() => keys.map((key) => toVector(read.get(model, key)?.vector))),
		write: (model, vectors) =>
			guard(() => {
				database.exec("BEGIN IMMEDIATE");
				try {
					for (const [key, vector] of vectors) write.run(model, key, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
					trim.run(most);
					database.exec("COMMIT");
				} catch (thrown) {
					if (database.isTransaction) database.exec("ROLLBACK");
					throw thrown;
				}
			}),
		count: (model, hits, misses) => guard(() => void count.run(model, hits, misses)),
		counts: () => guard(() => readCounts(database)),
		close: () => guard(() => database.close()),
	};
}

function readCounts(database: DatabaseSync): Awaited<ReturnType<VectorStore["counts"]>> {
	const all = new Map<string, { hits: number; misses: number; vectors: number }>();
	const rows = (statement: StatementSync) => statement.all() as Record<string, string | number>[];
	for (const { model, hits, misses } of rows(database.prepare("SELECT model, hits, misses FROM counts")))
		all.set(String(model), { hits: Number(hits), misses: Number(misses), vectors: 0 });
	for (const { model, n } of rows(database.prepare("SELECT model, count(*) AS n FROM vectors GROUP BY model")))
		all.set(String(model), { ...(all.get(String(model)) ?? { hits: 0, misses: 0 }), vectors: Number(n) });
	return all;
}

function toVector(bytes: unknown): Float32Array | undefined {
	// Copied: what SQLite gives need not lie on a border of four bytes.
	return bytes instanceof Uint8Array && bytes.byteLength % 4 === 0 ? new Float32Array(bytes.slice().buffer) : undefined;
}

function openOrRebuild(path: string): DatabaseSync {
	try {
		return open(path);
	} catch (thrown) {
		if (!isDamage(thrown)) throw failed(path, thrown);
	}
	for (const part of ["", "-wal", "-shm"]) rmSync(`${path}${part}`, { force: true });
	try {
		return open(path);
	} catch (thrown) {
		throw failed(path, thrown);
	}
}

function open(path: string): DatabaseSync {
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	const database = new DatabaseSync(path);
	try {
		database.exec(SCHEMA);
		database.prepare("SELECT count(*) FROM (SELECT vector FROM vectors LIMIT 1)").get();
		return database;
	} catch (thrown) {
		database.close();
		throw thrown;
	}
}

/** SQLITE_CORRUPT and SQLITE_NOTADB: https://www.sqlite.org/rescode.html. */
const isDamage = (thrown: unknown): boolean => [11, 26].includes(Number((thrown as { errcode?: number }).errcode) & 0xff);

function failed(path: string, cause: unknown): AppError {
	return new AppError("UNAVAILABLE", `the kept vectors in ${path} cannot be used`, {
		cause,
		hint: "set FAULTLINE_DATA_DIR to a folder that you may write, or remove the file: it holds nothing that cannot be computed anew",
	});
}
