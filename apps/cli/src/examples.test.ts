import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { EXAMPLES } from "./examples.ts";
import { buildProgram } from "./program.ts";
import { createSession } from "./session.ts";

const program = buildProgram(createSession({}));

/** Commands that do something themselves, by their words. */
function leaves(command: Command, words: string[] = []): string[] {
	const children = command.commands.filter((c) => c.name() !== "help");
	return children.length === 0 ? [words.join(" ")] : children.flatMap((c) => leaves(c, [...words, c.name()]));
}

describe("examples", () => {
	it("stand below the help of every command", () => {
		expect(leaves(program).filter((words) => (EXAMPLES[words] ?? []).length === 0)).toEqual([]);
		expect(Object.keys(EXAMPLES).filter((words) => words !== "" && !leaves(program).includes(words))).toEqual([]);
	});

	it.each(Object.values(EXAMPLES).flat())("%s: names commands and flags that there are", (line) => {
		const words = (/faultline (?<rest>[^|>)]*)/.exec(line)?.groups?.rest ?? "").trim().split(/\s+/);
		let command: Command = program;
		const known = (name: string) => [...program.options, ...command.options].some((o) => o.long === name);
		for (const word of words) {
			if (word.startsWith("--")) expect(known(word), word).toBe(true);
			else command = command.commands.find((c) => c.name() === word) ?? command;
		}
		expect(command).not.toBe(program);
	});
});
