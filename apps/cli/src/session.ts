import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "@faultline/contracts";

export type Env = Record<string, string | undefined>;

/** One run of the program: where it writes, what it returns, and how it is cancelled. */
export interface Session {
	env: Env;
	stderr: NodeJS.WriteStream;
	/** Of the global flags. */
	configPath: string | undefined;
	quiet: boolean;
	verbose: boolean;
	exitCode: number;
	/** The exit code of the signal that ended it: 130, 143. */
	interrupted: number | undefined;
	/** Standard output takes colours. */
	colour: boolean;
	/** Columns to fit text into, 80 to 100. */
	width: number;
	configure(flags: { config?: string; quiet?: boolean; verbose?: boolean }): void;
	/** Aborts on Ctrl-C and SIGTERM; a second one ends at once. From the first call on the signals are ours. */
	cancellation(): AbortSignal;
	/** Data: to standard output, or whole or not at all to a file. */
	write(text: string, output?: string): Promise<void>;
	/** Lets go of the signals. */
	settle(): Promise<void>;
}

export function createSession(env: Env): Session {
	const controller = new AbortController();
	let listening = false;
	const stop = (signal: NodeJS.Signals) => {
		const code = signal === "SIGINT" ? 130 : 143;
		if (session.interrupted !== undefined) process.exit(code);
		session.interrupted = code;
		if (!session.quiet) session.stderr.write("\nfaultline: cancelled; stopping\n");
		controller.abort(new AppError("CANCELLED", "cancelled"));
	};
	const session: Session = {
		env,
		stderr: process.stderr,
		configPath: undefined,
		quiet: false,
		verbose: false,
		exitCode: 0,
		interrupted: undefined,
		colour: process.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
		width: Math.min(100, Math.max(80, process.stdout.columns ?? 100)),
		configure({ config, quiet, verbose }) {
			session.configPath = config;
			session.quiet = quiet === true;
			session.verbose = verbose === true;
		},
		cancellation() {
			if (!listening) {
				listening = true;
				process.on("SIGINT", stop);
				process.on("SIGTERM", stop);
			}
			return controller.signal;
		},
		async write(text, output) {
			if (output !== undefined) return await writeWhole(output, text, session);
			await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
		},
		async settle() {
			process.off("SIGINT", stop);
			process.off("SIGTERM", stop);
		},
	};
	return session;
}

async function writeWhole(path: string, text: string, session: Session): Promise<void> {
	const temporary = join(dirname(path), `.faultline-${randomBytes(4).toString("hex")}`);
	try {
		await writeFile(temporary, text, { mode: 0o600 });
		await rename(temporary, path);
	} catch (cause) {
		await rm(temporary, { force: true });
		throw new AppError("BAD_INPUT", `cannot write ${path} (${(cause as NodeJS.ErrnoException).code ?? "unknown error"})`, {
			cause,
			hint: "name a file in a folder that exists and that you may write",
		});
	}
	if (!session.quiet) session.stderr.write(`wrote ${path}\n`);
}
