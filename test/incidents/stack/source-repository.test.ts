import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findPrograms } from "./programs.ts";
import { createSourceRepository } from "./source-repository.ts";

const HERE = join(import.meta.dirname, "..");
let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "repository-test-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = () => createSourceRepository(findPrograms().git, root, join(HERE, "shop"));

it.each(readdirSync(join(HERE, "releases")))("commits the release %s on the shop as it is", (name) => {
	const repository = open();
	const before = repository.head();
	const commit = repository.applyPatch(join(HERE, "releases", name));
	expect(repository.head()).toBe(commit.commitId);
	expect(commit.commitId).not.toBe(before);
	expect(commit.diff).toMatch(/^diff --git/);
	expect(commit.files).toHaveLength(1);
	expect(commit.author).toMatch(/^[A-Z]\w+ [A-Z]\w+$/);
	expect(Math.abs(Date.now() - Date.parse(commit.time))).toBeLessThan(60_000);
});

it("checks out a commit beside the newest, and commits settings", () => {
	const repository = open();
	const first = repository.head();
	const change = repository.changeSettings("cart.json", { maxLines: 7 }, "cart: seven lines", "Ruth Odell");
	expect(change).toMatchObject({ title: "cart: seven lines", author: "Ruth Odell", files: ["config/cart.json"] });
	const read = (commit: string) => JSON.parse(readFileSync(join(repository.checkout(commit), "config", "cart.json"), "utf8"));
	expect(read(first).maxLines).toBe(40);
	expect(read(change.commitId)).toEqual({ ttlSeconds: 1800, maxLines: 7 });
});
