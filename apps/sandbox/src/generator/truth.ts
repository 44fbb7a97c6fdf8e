import { CATEGORIES } from "@faultline/contracts";
import { z } from "zod";

/** What is true of a generated capture, beside it: for scorers and training, never for the product. */
export const GeneratedTruth = z.object({
	healthy: z.boolean(),
	category: z.enum(CATEGORIES),
	rootCauses: z.array(z.object({ service: z.string(), pod: z.string().optional(), changeId: z.string().nullable() })),
	noChange: z.boolean(),
	firstFailing: z.string().nullable(),
	/** Besides the root causes: what failed more than 3 % of its calls during the fault, or took twice as long, as simulated. */
	blastRadius: z.array(z.string()),
	remediation: z.string(),
	decoys: z.array(z.string()),
	injectTime: z.iso.datetime().nullable(),
	/** The kinds of fault, or the kind of health. */
	kinds: z.array(z.string()),
	seed: z.string(),
	/** What was left out of the evidence. */
	missing: z.array(z.string()),
});
export type GeneratedTruth = z.infer<typeof GeneratedTruth>;
