import { AppError } from "@faultline/contracts";
import { z } from "zod";
import type { InputLine } from "../../logs/read-lines.ts";
import type { LogSystem } from "./evaluate-injected.ts";
import type { LabelledSession } from "./evaluate-sessions.ts";

const LabelledLine = z.object({
	id: z.union([z.string(), z.number()]).transform(String),
	lines: z.array(z.string()),
	anomalous: z.boolean(),
});
const SystemLine = z.object({ line: z.string(), event: z.string().optional() });

/** NDJSON {id, lines, anomalous}. @throws AppError BAD_INPUT with the line that is wrong. */
export async function readLabelled(lines: AsyncIterable<InputLine>, name: string): Promise<LabelledSession[]> {
	const sessions: LabelledSession[] = [];
	for await (const { text, number } of lines) {
		if (text.trim() === "") continue;
		sessions.push(parse(text, LabelledLine, `${name}, line ${number}`, '{"id": "request-1", "lines": ["..."], "anomalous": false}'));
	}
	return sessions;
}

/** Lines of a system, one on each line of a file; of an `.ndjson` file {line, event}, the event being what someone knows it to be. */
export async function readSystem(lines: AsyncIterable<InputLine>, name: string, most: number): Promise<LogSystem> {
	const read: { text: string; truth?: string | undefined }[] = [];
	for await (const { text, number } of lines) {
		if (text.trim() === "") continue;
		if (name.endsWith(".ndjson")) {
			const { line, event } = parse(text, SystemLine, `${name}, line ${number}`, '{"line": "started", "event": "E1"}');
			read.push({ text: line, truth: event });
		} else read.push({ text });
		if (read.length >= most) break;
	}
	return { name: name.replace(/^.*[/\\]/, "").replace(/\.\w+$/, ""), lines: read };
}

function parse<T>(text: string, schema: z.ZodType<T>, where: string, example: string): T {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new AppError("BAD_INPUT", `${where}: it is not JSON`, { hint: `one JSON object per line, such as ${example}` });
	}
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw new AppError("BAD_INPUT", `${where}: ${issue?.path.join(".") || "the line"}: ${issue?.message ?? "invalid"}`, {
		hint: `one JSON object per line, such as ${example}`,
	});
}
