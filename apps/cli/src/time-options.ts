import type { Command } from "commander";

export interface TimeFlags {
	since?: string;
	from?: string;
	to?: string;
	baseline?: string;
}

/** The flags that say which window is meant; the same for every command that collects. */
export function timeOptions(command: Command): Command {
	return command
		.option("--since <duration>", 'how far back, such as "30m", "2h", "1d" (default: 30m)')
		.option("--from <time>", 'start of an exact window: ISO 8601 with a zone, or "-2h"')
		.option("--to <time>", "end of the window (default: now)")
		.option(
			"--baseline <duration>",
			"how much time before it is read as well, to compare with (default: as configured with --since, none with --from)",
		);
}
