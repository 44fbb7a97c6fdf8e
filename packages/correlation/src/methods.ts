/** The methods that find evidence. Each can be left out, which is how its worth is measured. */
export const METHODS = [
	"metric deviations",
	"log templates",
	"mentions",
	"span times and errors",
	"call paths",
	"events and alerts",
	"object status",
	"following the alert's metric",
	"isolation forest",
	"template novelty",
	"log streams",
	"weighing of changes",
] as const;
export type Method = (typeof METHODS)[number];
