import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@faultline/contracts";
import pg from "pg";
import { type Child, startChild } from "./child.ts";
import { type Programs, unprivilegedAccount } from "./programs.ts";

export interface PostgresOptions {
	programs: Programs;
	folder: string;
	port: number;
	maxConnections: number;
	schemaFile: string;
	/** Called as soon as the server's process exists, so that it can be ended even if it never gets ready. */
	onStart: (child: Child) => void;
	onLine: (line: string) => void;
}

const SETTINGS = {
	listen_addresses: "127.0.0.1",
	unix_socket_directories: "",
	shared_buffers: "24MB",
	superuser_reserved_connections: "3",
	log_timezone: "UTC",
	timezone: "UTC",
	log_line_prefix: "%m [%p] %q%u@%d/%a ",
	log_lock_waits: "on",
	log_min_duration_statement: "1500ms",
	log_checkpoints: "on",
	checkpoint_timeout: "5min",
	fsync: "off",
};

async function waitUntilReady(port: number, child: Child): Promise<void> {
	for (let attempt = 0; attempt < 150; attempt++) {
		if (child.process.exitCode !== null) break;
		const client = superuser(port, "postgres");
		const ready = await client.connect().then(
			() => true,
			() => false,
		);
		await client.end().catch(() => undefined);
		if (ready) return;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	throw new AppError("UNAVAILABLE", "PostgreSQL did not start");
}

/** A client of the superuser, whose reserved slots keep the monitoring alive when the others are used up. */
export function superuser(port: number, database = "shop"): pg.Client {
	const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database, application_name: "postgres_exporter" });
	client.on("error", () => undefined);
	return client;
}

async function createShop(port: number, schemaFile: string): Promise<void> {
	const admin = superuser(port, "postgres");
	await admin.connect();
	await admin.query("CREATE DATABASE shop");
	await admin.end();
	const shop = superuser(port);
	await shop.connect();
	await shop.query(readFileSync(schemaFile, "utf8"));
	await shop.query("ANALYZE");
	await shop.end();
}

/** A PostgreSQL of our own: its data in `folder`, on a loopback port, with the shop's schema. */
export async function startPostgres({
	programs,
	folder,
	port,
	maxConnections,
	schemaFile,
	onStart,
	onLine,
}: PostgresOptions): Promise<Child> {
	const account = unprivilegedAccount();
	mkdirSync(folder, { recursive: true });
	if (account !== undefined) chownSync(folder, account.uid, account.gid);
	const data = join(folder, "data");
	let said = "";
	const initdb = startChild({
		command: join(programs.postgresBin, "initdb"),
		args: ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
		cwd: folder,
		account,
		onLine: (line) => {
			said = line;
		},
	});
	const code = await initdb.exited;
	if (code !== 0) throw new AppError("UNAVAILABLE", `initdb ended with ${code}`, { hint: said });
	const settings = { ...SETTINGS, port: String(port), max_connections: String(maxConnections) };
	const args = ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
	const child = startChild({ command: join(programs.postgresBin, "postgres"), args, cwd: folder, account, onLine });
	onStart({ ...child, stop: () => child.stop("SIGINT") });
	await waitUntilReady(port, child);
	await createShop(port, schemaFile);
	return child;
}
