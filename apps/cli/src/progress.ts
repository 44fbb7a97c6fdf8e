import type { Session } from "./session.ts";

/** How far the work is, on standard error. */
export interface Progress {
	/** One line that replaces the last one on a terminal; nothing elsewhere unless verbose. */
	update(line: string): void;
	/** A line that stays. */
	step(line: string): void;
	/** Takes the last replaceable line away. */
	clear(): void;
}

export function createProgress(session: Session): Progress {
	const terminal = session.stderr.isTTY === true && session.env.TERM !== "dumb";
	let shown = false;
	const clear = () => {
		if (shown) session.stderr.write("\r\u001b[2K");
		shown = false;
	};
	return {
		update(line) {
			if (session.quiet) return;
			if (!terminal) {
				if (session.verbose) session.stderr.write(`${line}\n`);
				return;
			}
			session.stderr.write(`\r\u001b[2K${line.slice(0, Math.max(20, (session.stderr.columns ?? 80) - 1))}`);
			shown = true;
		},
		step(line) {
			if (session.quiet) return;
			clear();
			session.stderr.write(`${line}\n`);
		},
		clear,
	};
}
