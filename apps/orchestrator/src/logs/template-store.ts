import { readFile, rename, writeFile } from "node:fs/promises";
import { AppError, toAppError } from "@faultline/contracts";
import { createTemplateTree, decodeTemplates, encodeTemplates, type PlaceholderRule, type TemplateTree } from "@faultline/logs";

/** A tree that has learned nothing. */
export const newTemplates = (rules: readonly PlaceholderRule[]): TemplateTree => createTemplateTree({ rules });

/** The tree of a file that `saveTemplates` wrote. Throws BAD_INPUT, naming the file, where there is none or it cannot be trusted. */
export async function loadTemplates(path: string, rules: readonly PlaceholderRule[]): Promise<TemplateTree> {
	const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
		const what = cause.code === "ENOENT" ? "there is no such file" : `it cannot be read (${cause.code ?? "unknown error"})`;
		throw new AppError("BAD_INPUT", `${path}: ${what}`, { cause, hint: "--save-templates FILE writes one" });
	});
	try {
		return createTemplateTree({ rules, state: decodeTemplates(text) });
	} catch (thrown) {
		const { code, message, hint } = toAppError(thrown);
		throw new AppError(code, `${path}: ${message}`, { cause: thrown, ...(hint !== undefined && { hint }) });
	}
}

/** Writes a tree beside the file and then in its place, so that no reader ever sees half of it. Throws BAD_INPUT where it cannot be written. */
export async function saveTemplates(path: string, tree: TemplateTree): Promise<void> {
	const draft = `${path}.${process.pid}.part`;
	try {
		await writeFile(draft, encodeTemplates(tree.save()), { mode: 0o600 });
		await rename(draft, path);
	} catch (cause) {
		const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
		throw new AppError("BAD_INPUT", `${path}: it cannot be written (${code})`, {
			cause,
			hint: "name a file in a folder that you may write to",
		});
	}
}
