import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@faultline/contracts";

/** Where the servers of the system's packages are. */
export interface Programs {
	nginx: string;
	redis: string;
	git: string;
	/** The folder that holds initdb and postgres. */
	postgresBin: string;
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const findIn = (folders: readonly string[], name: string): string | undefined =>
	folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

function postgresFolders(): string[] {
	const root = "/usr/lib/postgresql";
	const packaged = existsSync(root) ? readdirSync(root).map((version) => join(root, version, "bin")) : [];
	return [...packaged.sort().reverse(), ...FOLDERS].filter(
		(folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
	);
}

/** Finds nginx, PostgreSQL, Redis and git; throws BAD_CONFIG that names every missing one and what to install. */
export function findPrograms(folders: readonly string[] = FOLDERS): Programs {
	const nginx = findIn(folders, "nginx");
	const redis = findIn(folders, "redis-server");
	const git = findIn(folders, "git");
	const postgresBin = postgresFolders()[0];
	const missing = Object.entries({ nginx, "redis-server": redis, git, postgresql: postgresBin }).filter(([, path]) => path === undefined);
	if (nginx === undefined || redis === undefined || git === undefined || postgresBin === undefined) {
		const names = missing.map(([name]) => name).join(" ");
		throw new AppError("BAD_CONFIG", `not installed: ${names}`, { hint: `apt-get install --no-install-recommends ${names}` });
	}
	return { nginx, redis, git, postgresBin };
}

/** PostgreSQL refuses to run as root: the account it runs as instead; undefined where we are not root. */
export function unprivilegedAccount(): { uid: number; gid: number } | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const idOf = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
	return { uid: idOf("-u"), gid: idOf("-g") };
}
