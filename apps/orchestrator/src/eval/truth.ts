import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@faultline/contracts";
import { z } from "zod";

/** What is true of a capture, as far as it is known. Only the evaluation opens it. */
export const Truth = z.object({
	healthy: z.boolean().optional(),
	category: z.string().optional(),
	/** Any of them is right. */
	rootCauses: z.array(z.object({ service: z.string().nullish(), pod: z.string().nullish(), changeId: z.string().nullish() })).default([]),
	/** No change caused it: naming one is wrong. */
	noChange: z.boolean().optional(),
	/** When the fault was injected. */
	injectTime: z.string().nullish(),
	/** Ids or commits of changes that have nothing to do with it. */
	decoys: z.array(z.string()).default([]),
});
export type Truth = z.infer<typeof Truth>;

/** The truth beside a capture; undefined where there is none. @throws BAD_INPUT where it cannot be understood */
export async function readTruth(directory: string): Promise<Truth | undefined> {
	const path = join(directory, "truth.json");
	const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "ENOENT") return undefined;
		throw new AppError("BAD_INPUT", `${path}: it cannot be read (${cause.code ?? "unknown error"})`, { cause });
	});
	if (text === undefined) return undefined;
	const problem = (why: string) =>
		new AppError("BAD_INPUT", `${path}: ${why}`, { hint: 'such as {"rootCauses": [{"service": "payments"}]} or {"healthy": true}' });
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw problem("it is not JSON");
	}
	const parsed = Truth.safeParse(value);
	if (!parsed.success) throw problem(parsed.error.issues.map((i) => `${i.path.join(".") || "file"}: ${i.message}`).join("; "));
	return parsed.data;
}
