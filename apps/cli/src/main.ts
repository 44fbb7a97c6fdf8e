#!/usr/bin/env node
// The entry: what must happen before anything is loaded, and nothing else.
import { VERSION } from "./version.ts";

// A reader that stops reading (`faultline report | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
	// A full disk is no "incident found", which an uncaught error's exit code 1 would say.
	process.stderr.write(`faultline: cannot write to standard output (${error.code ?? "unknown error"})\n`);
	process.exit(3);
});
process.stderr.on("error", () => undefined);

// FAISS and its BLAS each keep a pool of threads: the idle one would spin on the cores that the other needs. Read when they are loaded.
process.env.OMP_WAIT_POLICY ??= "passive";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
	process.stdout.write(`${VERSION}\n`);
} else {
	const { run } = await import("./program.ts");
	process.exitCode = await run(args, process.env);
}
