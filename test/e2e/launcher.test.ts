import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { faultline, root, runFaultline } from "./run-faultline.ts";

const scratch = mkdtempSync(join(tmpdir(), "faultline-launcher-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("./faultline", () => {
	it("runs from any folder, and through a link", async () => {
		const link = join(scratch, "faultline");
		symlinkSync(faultline, link);
		const through = spawnSync(link, ["--version"], { cwd: scratch, encoding: "utf8" });
		expect(through.status).toBe(0);
		expect(through.stdout).toBe((await runFaultline(["--version"])).stdout);
	});

	it("hands over arguments, standard input and the exit code", () => {
		const grouped = spawnSync(faultline, ["logs", "group", "-"], { input: "user 1 logged in\nuser 2 logged in\n", encoding: "utf8" });
		expect(grouped.status).toBe(0);
		const ids = grouped.stdout
			.trim()
			.split("\n")
			.map((line) => (JSON.parse(line) as { templateId: string }).templateId);
		expect(ids).toHaveLength(2);
		expect(ids[0]).toBe(ids[1]);
		expect(spawnSync(faultline, ["--no-such-flag"]).status).toBe(2);
	});
});

describe("scripts/launch.mjs", () => {
	const launch = (...args: string[]) => spawnSync(process.execPath, [join(root, "scripts/launch.mjs"), ...args], { encoding: "utf8" });

	it("names the tasks there are where it gets another", () => {
		const { status, stderr } = launch("nonsense");
		expect(status).toBe(2);
		expect(stderr).toMatch(/unknown task "nonsense".*faultline, start, test, build/s);
	});

	it("takes over the lock of a launch that died, and leaves none behind", async () => {
		const lock = join(root, ".toolchain/lock");
		const dead = spawn(process.execPath, ["-e", ""]);
		await new Promise((done) => dead.once("exit", done));
		if (existsSync(lock)) return expect.fail("another launch of this checkout is running");
		writeFileSync(lock, String(dead.pid));
		const { status, stdout } = launch("faultline", "--version");
		expect(status).toBe(0);
		expect(stdout).toMatch(/\d+\.\d+\.\d+/);
		expect(existsSync(lock)).toBe(false);
	});
});
