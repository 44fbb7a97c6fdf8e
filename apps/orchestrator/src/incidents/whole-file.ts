import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@faultline/contracts";

/** Ids become file names; one with anything but these characters was never written by us, and could leave the folder. */
export function fileId(id: string): string {
	if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) return id;
	throw new AppError("BAD_INPUT", "that is not an incident id", { hint: "ids look like inc-20260619-090000-1a2b3c" });
}

/** A file of the data directory, written whole or not at all. @throws UNAVAILABLE where the folder cannot be written */
export async function writeWhole(directory: string, name: string, content: string | Uint8Array): Promise<void> {
	const temporary = join(directory, `.${name}.${randomBytes(4).toString("hex")}`);
	try {
		// Reports hold telemetry: for their owner only.
		await mkdir(directory, { recursive: true, mode: 0o700 });
		await writeFile(temporary, content, { mode: 0o600 });
		await rename(temporary, join(directory, name));
	} catch (cause) {
		await rm(temporary, { force: true });
		const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
		throw new AppError("UNAVAILABLE", `cannot write into ${directory} (${code})`, {
			cause,
			hint: "set FAULTLINE_DATA_DIR to a folder that you may write",
		});
	}
}
