import { CATEGORIES } from "@faultline/contracts";
import { z } from "zod";

/** What is true of a recorded incident, beside its capture: for the scorer and the tests, never for the product. */
export const Truth = z.object({
	healthy: z.boolean(),
	category: z.enum(CATEGORIES),
	rootCauses: z.array(z.object({ service: z.string(), changeId: z.string().nullable() })),
	noChange: z.boolean(),
	firstFailing: z.string().nullable(),
	/** Besides the root cause: what failed more than 3 % of its requests during the fault, as measured. */
	blastRadius: z.array(z.string()),
	remediation: z.string(),
	/** Ids of the changes and commits that have nothing to do with it. */
	decoys: z.array(z.string()),
	/** When the fault was injected, and the first error that was logged after it; null where there was none. */
	injectTime: z.iso.datetime().nullable(),
	firstErrorTime: z.iso.datetime().nullable(),
});
export type Truth = z.infer<typeof Truth>;
