import type { Command } from "commander";
import { collectLive } from "../investigate-live.ts";
import type { Session } from "../session.ts";
import { type TimeFlags, timeOptions } from "../time-options.ts";

interface Flags extends TimeFlags {
	out: string;
}

export function register(program: Command, session: Session): void {
	timeOptions(program.command("record").description("writes what the sources know about a window as a capture"))
		.requiredOption("--out <dir>", "the new folder")
		.action(async (flags: Flags) => {
			const { requireNewFolder, writeCapture } = await import("@faultline/contracts/capture");
			await requireNewFolder(flags.out);
			const { evidence } = await collectLive(session, flags);
			await writeCapture(flags.out, evidence);
			const gaps = evidence.coverage.filter((c) => c.status !== "ok").map((c) => `${c.source} ${c.status}`);
			const told = gaps.length === 0 ? "" : ` (gaps: ${gaps.join(", ")})`;
			await session.write(
				`${flags.out}: ${evidence.signals.length} signals, ${evidence.series.length} series, ${evidence.window.from} to ${evidence.window.to}${told}\n`,
			);
		});
}
