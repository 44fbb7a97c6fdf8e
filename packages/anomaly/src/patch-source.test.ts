import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const { patchSource } = (await import(new URL("../native/patch-source.mjs", import.meta.url).href)) as {
	patchSource(source: string): string;
};
const source = readFileSync(join(dirname(createRequire(import.meta.url).resolve("faiss-node/package.json")), "src", "faiss.cc"), "utf8");

describe("patchSource", () => {
	it("fits the faiss-node that is installed, and owns the query buffer", () => {
		const patched = patchSource(source);
		expect(patched).toContain("std::unique_ptr<float[]> xq_owner");
		expect(patched).toContain("decltype(faiss::Index::ntotal)");
	});

	it("refuses a source that it does not know, and one that is patched", () => {
		expect(() => patchSource("int main() {}")).toThrow("0.5.1");
		expect(() => patchSource(patchSource(source))).toThrow("0.5.1");
	});
});
