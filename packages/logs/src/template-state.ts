import { z } from "zod";

/** A template tree as plain JSON, elder templates first. */
export const TemplateTreeState = z
	.object({
		version: z.literal(1),
		templates: z.array(
			z.object({
				id: z.string().regex(/^[0-9a-f]{16}$/),
				key: z.array(z.string()),
				shown: z.array(z.string()),
				gaps: z.array(z.string()),
				count: z.int().nonnegative(),
			}),
		),
		/** Ids that were merged, and into which. */
		merged: z.array(z.tuple([z.string(), z.string()])),
	})
	.refine(({ templates }) => templates.every(({ key, shown, gaps }) => shown.length === key.length && gaps.length === key.length + 1), {
		message: "words and gaps do not fit each other",
	});
export type TemplateTreeState = z.infer<typeof TemplateTreeState>;
