import { AppError } from "@faultline/contracts";
import { z } from "zod";
import type { InputLine } from "./read-lines.ts";

const SessionLine = z.object({ id: z.union([z.string(), z.number()]).transform(String), lines: z.array(z.string()) });
export type SessionLine = z.infer<typeof SessionLine>;

/** Sessions from NDJSON, `{id, lines: [...]}` on each line; blank lines are skipped. Throws BAD_INPUT with the file and the line that is wrong. */
export async function* readSessions(lines: AsyncIterable<InputLine>, name: string): AsyncGenerator<SessionLine> {
	for await (const line of lines) {
		if (line.text.trim() === "") continue;
		yield parse(line, name);
	}
}

function parse(line: InputLine, name: string): SessionLine {
	const refuse = (why: string): AppError =>
		new AppError("BAD_INPUT", `${name}, line ${line.number}: ${why}`, {
			hint: 'one JSON object per line, such as {"id": "request-1", "lines": ["first log line", "second"]}',
		});
	if (line.truncated) throw refuse("it is longer than 16 MiB");
	if (line.repaired) throw refuse("it is not UTF-8");
	let value: unknown;
	try {
		value = JSON.parse(line.text);
	} catch {
		throw refuse("it is not JSON");
	}
	const session = SessionLine.safeParse(value);
	if (session.success) return session.data;
	const issue = session.error.issues[0];
	throw refuse(`${issue?.path.length ? issue.path.join(".") : "the session"}: ${issue?.message ?? "invalid"}`);
}
