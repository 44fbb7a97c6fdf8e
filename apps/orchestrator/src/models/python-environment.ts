import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, toAppError } from "@faultline/contracts";

export type Env = Record<string, string | undefined>;

export interface PythonOptions {
	env: Env;
	/** A Python that has what the training needs; without one an environment is made below `cacheDir`. */
	python?: string | undefined;
	cacheDir: string;
	/** requirements.txt of the training. */
	requirements: string;
	signal?: AbortSignal;
	/** What is being done, in a line. */
	onStep?: (line: string) => void;
}

const NEEDED = "import sys, numpy, onnx, onnxruntime, tokenizers, torch; sys.exit(0 if sys.version_info >= (3, 11) else 3)";
/** Wheels without CUDA, a tenth of the size: asked for where no GPU is seen and nobody chose an index. */
const CPU_WHEELS = "https://download.pytorch.org/whl/cpu";

/** A Python that the training runs in: the one that was named, the system's where it has all that is needed, else an environment of our own. @returns its path */
export async function preparePython(options: PythonOptions): Promise<string> {
	const { python = options.env.FAULTLINE_PYTHON || undefined } = options;
	if (python !== undefined) {
		const tried = await run(python, ["-c", NEEDED], options);
		if (tried.code === 0) return python;
		throw new AppError("BAD_CONFIG", `${python} cannot run the training: ${whyNot(tried)}`, {
			hint: `${python} -m pip install -r ${options.requirements}; or leave it away, and an environment is made`,
		});
	}
	if ((await run("python3", ["-c", NEEDED], options)).code === 0) return "python3";
	return await ownEnvironment(options);
}

/** Made once per requirements; one that was not finished is made anew. */
async function ownEnvironment(options: PythonOptions): Promise<string> {
	const { cacheDir, requirements, onStep } = options;
	const key = createHash("sha256")
		.update(await readFile(requirements))
		.digest("hex")
		.slice(0, 12);
	const home = join(cacheDir, `python-${key}`);
	const python = join(home, "bin", "python");
	const finished = join(home, "finished");
	if (existsSync(finished)) return python;
	await rm(home, { recursive: true, force: true });
	await mkdir(cacheDir, { recursive: true });
	const version = await run("python3", ["-c", "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)"], options);
	if (version.code !== 0)
		throw new AppError("UNAVAILABLE", `training needs Python 3.11 or later with venv: ${whyNot(version)}`, {
			hint: "on Debian or Ubuntu: apt-get install python3-venv; or name another Python by --python",
		});
	try {
		onStep?.(`making a Python environment in ${home}: PyTorch is fetched once, some hundred MB`);
		await must(await run("python3", ["-m", "venv", home], options), "python3 -m venv");
		const wheels = (await wantsCpuWheels(options)) ? ["--extra-index-url", CPU_WHEELS] : [];
		const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", ...wheels, "-r", requirements];
		await must(await run(python, install, options), "pip install of the training's requirements");
		await writeFile(finished, "");
		return python;
	} catch (thrown) {
		await rm(home, { recursive: true, force: true });
		throw thrown;
	}
}

async function wantsCpuWheels(options: PythonOptions): Promise<boolean> {
	const { env } = options;
	if (env.PIP_INDEX_URL || env.PIP_EXTRA_INDEX_URL || env.PIP_CONFIG_FILE || process.platform !== "linux") return false;
	const chosen = await run("python3", ["-m", "pip", "config", "get", "global.index-url"], options);
	return chosen.code !== 0 && (await run("nvidia-smi", ["-L"], options)).code !== 0;
}

async function must(ran: Ran, what: string): Promise<void> {
	if (ran.code === 0) return;
	throw new AppError("UNAVAILABLE", `${what} failed: ${whyNot(ran)}`, {
		hint: "is PyPI reachable? With a Python that has the requirements already: --python",
	});
}

interface Ran {
	/** Undefined where it could not be started. */
	code: number | undefined;
	/** The end of what it said. */
	tail: string;
}

const whyNot = ({ code, tail }: Ran): string =>
	code === undefined
		? "it is not found"
		: code === 3 && tail === ""
			? "it is older than 3.11"
			: tail.split("\n").at(-1) || `exit code ${code}`;

/** Runs a program to its end; it ends with the signal. @throws CANCELLED */
function run(command: string, args: readonly string[], { env, signal }: Pick<PythonOptions, "env" | "signal">): Promise<Ran> {
	return new Promise((resolve, reject) => {
		if (signal?.aborted) return reject(toAppError(signal.reason));
		const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
		let said = "";
		const hear = (chunk: Buffer) => {
			said = (said + chunk.toString()).slice(-4_000);
		};
		child.stdout.on("data", hear);
		child.stderr.on("data", hear);
		const stop = () => child.kill();
		signal?.addEventListener("abort", stop, { once: true });
		const done = (code: number | undefined) => {
			signal?.removeEventListener("abort", stop);
			if (signal?.aborted) reject(toAppError(signal.reason));
			else resolve({ code, tail: said.trim() });
		};
		child.on("error", () => done(undefined));
		child.on("close", (code) => done(code ?? 1));
	});
}
