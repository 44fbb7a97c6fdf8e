import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvidenceSet } from "@faultline/contracts";
import { readCapture, writeCapture } from "@faultline/contracts/capture";

/** The evidence as it comes back from a capture on disk. */
export async function captured(evidence: EvidenceSet): Promise<EvidenceSet> {
	const folder = await mkdtemp(join(tmpdir(), "faultline-capture-"));
	try {
		await writeCapture(join(folder, "capture"), evidence);
		return await readCapture(join(folder, "capture"));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
