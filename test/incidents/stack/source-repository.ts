import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A commit as a change of the capture tells it. */
export interface Commit {
	commitId: string;
	time: string;
	title: string;
	author: string;
	files: string[];
	diff: string;
}

export interface SourceRepository {
	readonly folder: string;
	head(): string;
	/** Commits a release's patch, now, in its author's name. */
	applyPatch(patchFile: string): Commit;
	/** Commits new values of a JSON file under config/. */
	changeSettings(file: string, values: Record<string, unknown>, title: string, author: string): Commit;
	/** A folder that holds the shop as of a commit. */
	checkout(commitId: string): string;
}

const COMMITTER = ["-c", "user.name=shop-ci", "-c", "user.email=ci@shop.example", "-c", "core.hooksPath=/dev/null"];

/** The shop's own git repository, made in `root` from its source folder: every commit and diff of a recording is one of git's. */
export function createSourceRepository(git: string, root: string, sources: string): SourceRepository {
	const folder = join(root, "repository");
	const env = { PATH: "/usr/bin:/bin", HOME: root, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", TZ: "UTC" };
	const run = (...args: string[]): string =>
		execFileSync(git, [...COMMITTER, ...args], { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
	cpSync(sources, folder, { recursive: true });
	run("init", "-q", "-b", "main");
	run("add", "-A");
	run("commit", "-q", "-m", "shop as it is in production", "--author", "Ines Aalto <ines.aalto@shop.example>");
	const head = (): string => run("rev-parse", "HEAD").trim();
	const describe = (): Commit => {
		const [commitId = "", title = "", author = ""] = run("log", "-1", "--format=%H%n%s%n%an").trim().split("\n");
		const diff = run("show", "--format=", "--no-color", "HEAD");
		return {
			commitId,
			time: new Date().toISOString(),
			title,
			author,
			files: run("show", "--format=", "--name-only", "HEAD").trim().split("\n"),
			diff,
		};
	};
	return {
		folder,
		head,
		applyPatch(patchFile) {
			run("am", "-q", "--ignore-date", patchFile);
			return describe();
		},
		changeSettings(file, values, title, author) {
			const path = join(folder, "config", file);
			const before = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
			writeFileSync(path, `${JSON.stringify({ ...before, ...values }, null, "\t")}\n`);
			run("commit", "-q", "-a", "-m", title, "--author", `${author} <${author.toLowerCase().replace(/\W+/g, ".")}@shop.example>`);
			return describe();
		},
		checkout(commitId) {
			const target = join(root, "releases", commitId.slice(0, 8));
			mkdirSync(join(root, "releases"), { recursive: true });
			if (!existsSync(target)) run("worktree", "add", "-q", "--detach", target, commitId);
			return target;
		},
	};
}
