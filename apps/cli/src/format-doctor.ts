import { plain } from "@faultline/orchestrator/incidents/plain-text";
import type { Examined } from "@faultline/orchestrator/server/examine";
import { createColors } from "picocolors";
import { fold } from "./format-text.ts";

const MARK = { ok: "ok", warn: "warn", fail: "FAIL", off: "off" };

/** What works, what does not, and how to mend it: a line per thing, its checks and hints below. */
export function formatDoctor(examined: readonly Examined[], { width, colour }: { width: number; colour: boolean }): string {
	const c = createColors(colour);
	const paint = { ok: c.green, warn: c.yellow, fail: c.red, off: c.dim };
	const lines = examined.flatMap((one) => {
		const text = one.detail.split("\n").map((part) => plain(part));
		const head = `${paint[one.status](MARK[one.status].padEnd(5))}${one.name.padEnd(14)}`;
		const [first = "", ...rest] = text;
		const checks = (one.checks ?? []).flatMap((k) => [
			...fold(`       ${k.ok ? "ok  " : "FAIL"} ${k.name}: ${plain(k.detail, 300)}`, width, "            "),
			...hint(k.hint, width),
		]);
		const folded = fold(`${" ".repeat(19)}${first}`, width, " ".repeat(19));
		return [
			head + (folded[0] ?? "").slice(19),
			...folded.slice(1),
			...rest.flatMap((r) => fold(`       ${r}`, width, "         ")),
			...checks,
			...(one.status === "ok" ? [] : hint(one.hint, width)),
		];
	});
	const failing = examined.filter((e) => e.status === "fail").map((e) => e.name);
	const end = failing.length === 0 ? "Everything that is configured works." : `Not working: ${failing.join(", ")}.`;
	return `${[...lines, "", end].join("\n")}\n`;
}

function hint(text: string | undefined, width: number): string[] {
	return text === undefined ? [] : fold(`       Try: ${plain(text, 400)}`, width, "            ");
}
