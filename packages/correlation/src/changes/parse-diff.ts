import { wordsOf } from "../graph/names.ts";

/** A change's text, as lines taken away and put in. */
export interface DiffLines {
	removed: string[];
	added: string[];
	context: string[];
}

const MAX_LINES = 2_000;

/** Reads a unified diff of any flavour: lines that begin with + and -, headers aside. Never fails; what it cannot read is context. */
export function parseDiff(diff: string): DiffLines {
	const lines: DiffLines = { removed: [], added: [], context: [] };
	for (const line of diff.split("\n", MAX_LINES)) {
		if (/^(?:\+\+\+|---|diff |index |new file|deleted file|rename |similarity )/.test(line)) continue;
		if (line.startsWith("+")) lines.added.push(line.slice(1));
		else if (line.startsWith("-")) lines.removed.push(line.slice(1));
		else lines.context.push(line.startsWith("@@") ? line.replace(/^@@[^@]*@@/, "") : line);
	}
	return lines;
}

/** Lines of code, comments and blank lines dropped. */
export function codeOf(lines: readonly string[]): string[] {
	return lines
		.map((line) => line.replace(/(?:^|\s)(?:\/\/|#(?!include|define)|--\s).*$/, "").trim())
		.filter((line) => line !== "" && !/^(?:\/\*|\*\/|\*\s|<!--)/.test(line));
}

const NOT_RUN = [
	/(?:^|\/)(?:docs?|test|tests|testdata|__tests__|spec|fixtures|examples?|golden)\//i,
	/(?:_test|\.test|\.spec|_fuzz_test)\.[a-z]+$/i,
	/\.(?:md|rst|txt|adoc|css|scss|less|svg|png|jpg|golden)$/i,
	/(?:^|\/)(?:README|CHANGELOG|LICENSE|CODEOWNERS|NOTICE|\.editorconfig|\.gitignore|\.golangci\.yml|\.eslintrc.*|\.prettierrc.*|biome\.json)/i,
	/(?:^|\/)\.(?:github|gitlab|circleci|ci)\//i,
];

/** Whether none of the files is run in production: documents, tests, styles, the build's own settings. */
export function isInert(files: readonly string[] | undefined): boolean {
	return files !== undefined && files.length > 0 && files.every((file) => NOT_RUN.some((pattern) => pattern.test(file)));
}

/** Whether the change only moves versions of libraries. */
export function isDependencyBump(files: readonly string[] | undefined): boolean {
	return (
		files !== undefined &&
		files.length > 0 &&
		files.every((f) =>
			/(?:^|\/)(?:go\.(?:mod|sum)|package(?:-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|requirements.*\.txt|poetry\.lock|pyproject\.toml|Cargo\.(?:toml|lock)|pom\.xml|build\.gradle.*|Gemfile(?:\.lock)?)$/i.test(
				f,
			),
		)
	);
}

/** Whether all files hold settings that are read, and no code that runs. */
export function isSettings(files: readonly string[] | undefined): boolean {
	return (
		files !== undefined &&
		files.length > 0 &&
		files.every((f) =>
			/\.(?:ya?ml|json|toml|ini|env|conf|cfg|config|properties|tfvars|tf|hcl)$|(?:^|\/)(?:\.env[^/]*|Dockerfile)$/i.test(f),
		)
	);
}

/** Words of identifiers in code or prose. */
export function codeWords(lines: readonly string[]): Set<string> {
	return new Set(lines.flatMap(wordsOf).filter((w) => w.length > 2 && !/^\d+$/.test(w)));
}
