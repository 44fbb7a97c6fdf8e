import { createHash, type Hash } from "node:crypto";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "@faultline/contracts";
import { z } from "zod";
import { Rows } from "./rows.ts";
import type { Shape } from "./structure.ts";
import { type IndexState, restoreIndex, type ShapedVectorIndex, type VectorIndexOptions } from "./vector-index.ts";

/**
 * An index on disk: one line of JSON, then the ids (float64) and the vectors (float32), little-endian; beside it `<file>.<sum>.faiss`, the
 * structure that would be slow to build again. The line holds the SHA-256 of both, so that half a file, or another's, is never searched.
 */
const Header = z.object({
	format: z.literal("faultline-vectors"),
	version: z.literal(1),
	dimensions: z.int().min(1),
	count: z.int().min(0),
	nextId: z.int().min(0),
	sha256: z.string(),
	structure: z.object({ shape: z.enum(["hnsw", "ivf"]), sha256: z.string() }).optional(),
});
type Header = z.infer<typeof Header>;

/** Longer than any header: a file without a line break this early is not one of ours. */
const MOST_HEADER_BYTES = 1_024;

/** Writes whole or not at all: a crash at any moment leaves the last saved index readable. */
export async function saveIndex(index: ShapedVectorIndex, path: string): Promise<void> {
	const { rows, nextId } = index.snapshot();
	const body = [bytesOf(Float64Array.from(rows.ids)), bytesOf(rows.since(0))];
	const sha256 = body.reduce<Hash>((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
	const header: Header = { format: "faultline-vectors", version: 1, dimensions: rows.dimensions, count: rows.count, nextId, sha256 };
	const beside = structurePath(path, sha256);
	const draft = `${beside}.${process.pid}.new`;
	if (index.writeStructure(draft)) {
		header.structure = { shape: index.shape as "hnsw" | "ivf", sha256: await sha256OfFile(draft) };
		await rename(draft, beside);
	}
	await writeWhole(path, [Buffer.from(`${JSON.stringify(header)}\n`), ...body]);
	await dropOthers(path, header.structure === undefined ? undefined : basename(beside));
}

/**
 * Reads what saveIndex wrote. A structure that is missing or damaged is built again from the vectors; damaged vectors are refused.
 * @throws NOT_FOUND where there is no file, BAD_INPUT where it is not a whole index of ours or of other dimensions
 */
export async function loadIndex(path: string, options: Partial<VectorIndexOptions> = {}): Promise<ShapedVectorIndex> {
	const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "ENOENT") throw new AppError("NOT_FOUND", `there is no index at ${path}`, { hint: "save one first", cause });
		throw new AppError("BAD_INPUT", `the index ${path} cannot be read`, { hint: "check its permissions", cause });
	});
	const { header, body } = parse(file, path);
	if (options.dimensions !== undefined && options.dimensions !== header.dimensions)
		throw new AppError("BAD_INPUT", `the index ${path} holds vectors of ${header.dimensions} numbers, not ${options.dimensions}`, {
			hint: "it was made with another encoder: delete it, and it is built anew",
		});
	return restoreIndex(toState(header, body), options, await storedStructure(path, header));
}

function parse(file: Buffer, path: string): { header: Header; body: Buffer } {
	const refuse = (what: string) =>
		new AppError("BAD_INPUT", `the index ${path} ${what}`, { hint: "delete it, and it is built anew from the logs" });
	const end = file.subarray(0, MOST_HEADER_BYTES).indexOf("\n");
	let json: unknown;
	try {
		json = JSON.parse(file.toString("utf8", 0, Math.max(end, 0)));
	} catch {
		throw refuse("is not a vector index");
	}
	const parsed = Header.safeParse(json);
	if (!parsed.success) throw refuse("is not a vector index of this version");
	const body = file.subarray(end + 1);
	const expected = parsed.data.count * (8 + 4 * parsed.data.dimensions);
	if (body.length !== expected) throw refuse(`is cut off or too long: ${body.length} bytes of vectors where ${expected} belong`);
	if (createHash("sha256").update(body).digest("hex") !== parsed.data.sha256) throw refuse("is damaged: its checksum does not match");
	return { header: parsed.data, body };
}

function toState({ dimensions, count, nextId }: Header, body: Buffer): IndexState {
	const rows = new Rows(dimensions);
	// copied, since a Buffer need not begin where a Float64Array may
	rows.ids = Array.from(new Float64Array(body.buffer.slice(body.byteOffset, body.byteOffset + 8 * count)));
	rows.values = new Float32Array(body.buffer.slice(body.byteOffset + 8 * count, body.byteOffset + body.length));
	return { rows, nextId };
}

async function storedStructure(path: string, { sha256, structure }: Header): Promise<{ shape: Shape; path: string } | undefined> {
	if (structure === undefined) return undefined;
	const beside = structurePath(path, sha256);
	const found = await sha256OfFile(beside).catch(() => undefined);
	return found === structure.sha256 ? { shape: structure.shape, path: beside } : undefined;
}

/** Named by the vectors it belongs to, so that an old one is never taken for a new one's. */
const structurePath = (path: string, sha256: string): string => `${path}.${sha256.slice(0, 16)}.faiss`;

const bytesOf = (values: Float64Array | Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

async function sha256OfFile(path: string): Promise<string> {
	const hash = createHash("sha256");
	const file = await open(path);
	for await (const part of file.createReadStream()) hash.update(part as Buffer);
	return hash.digest("hex");
}

async function writeWhole(path: string, parts: readonly Buffer[]): Promise<void> {
	const draft = `${path}.${process.pid}.new`;
	const file = await open(draft, "w", 0o600);
	try {
		for (const part of parts) await file.writeFile(part);
		await file.sync();
	} finally {
		await file.close();
	}
	await rename(draft, path);
}

/** Structures of earlier saves. */
async function dropOthers(path: string, keep: string | undefined): Promise<void> {
	for (const name of await readdir(dirname(path)))
		if (name.startsWith(`${basename(path)}.`) && name.endsWith(".faiss") && name !== keep)
			await rm(join(dirname(path), name), { force: true });
}
