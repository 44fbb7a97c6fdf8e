#!/usr/bin/env node
// The entry: what must happen before anything is loaded, and nothing else.
import { VERSION } from "./version.ts";

// A reader that stops reading (`faultline report | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
	throw error;
});
process.stderr.on("error", () => undefined);

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
	process.stdout.write(`${VERSION}\n`);
} else {
	const { run } = await import("./program.ts");
	process.exitCode = await run(args, process.env);
}
