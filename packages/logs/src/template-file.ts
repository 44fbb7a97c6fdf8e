import { createHash } from "node:crypto";
import { AppError } from "@faultline/contracts";
import { TemplateTreeState } from "./template-state.ts";

const FORMAT = "faultline.templates";
const VERSION = 2;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A saved tree as a file's text: a line that says what it is, with a checksum, and the tree. */
export function encodeTemplates(state: TemplateTreeState): string {
	const body = JSON.stringify(state);
	return `${JSON.stringify({ format: FORMAT, version: VERSION, sha256: sha256(body) })}\n${body}\n`;
}

/** Reads what `encodeTemplates` wrote. Throws BAD_INPUT where it is something else, of another version, cut short or changed. */
export function decodeTemplates(text: string): TemplateTreeState {
	const end = text.indexOf("\n");
	const head = jsonOf(text.slice(0, Math.max(0, end))) as { format?: unknown; version?: unknown; sha256?: unknown } | undefined;
	if (head?.format !== FORMAT) throw refused("is no file of saved templates");
	if (head.version !== VERSION) throw refused("was written by another version");
	const body = text.slice(end + 1).replace(/\n$/, "");
	if (sha256(body) !== head.sha256) throw refused("is damaged: its checksum does not fit");
	const state = TemplateTreeState.safeParse(jsonOf(body));
	if (!state.success) throw refused("is damaged: it holds no templates");
	return state.data;
}

function jsonOf(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return value === null ? undefined : value;
	} catch {
		return undefined;
	}
}

const refused = (why: string): AppError =>
	new AppError("BAD_INPUT", `the file ${why}`, { hint: "learn the templates anew, and save them again" });
