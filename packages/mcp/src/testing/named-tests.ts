import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Names in the last column of a CAPABILITIES.md that are no test of the package, of the suite of every source or of a file that is named:
 * "group > test", "`file`: test", "suite: test", several separated by semicolons; the beginning of a name is enough.
 */
export function missingTests(folder: string): string[] {
	const table = readFileSync(join(folder, "CAPABILITIES.md"), "utf8");
	const files = globSync("src/**/*.test.ts", { cwd: folder }).map((file) => join(folder, file));
	const sources = [...files, join(import.meta.dirname, "describe-source.ts")].map((file) => readFileSync(file, "utf8")).join("\n");
	const known = sources.replace(/\\(["'`])/g, "$1");
	const cells = [...table.matchAll(/^\|(?! -|-)[^|\n]*\|([^|\n]*)\|$/gm)].slice(1).map((row) => row[1] ?? "");
	const names = cells.flatMap((cell) => cell.split(";")).map((name) => (name.split(/ > |`: |suite: /).at(-1) ?? "").trim());
	return names.filter((name) => !/^(`[^`]*`)?$/.test(name) && !known.includes(name));
}
