import type { PointFigure } from "./point-members.ts";

/** A detector of points in words; `text` names an event. */
export function pointWords(detector: string, { figure, event }: PointFigure, text: (event: number) => string): string {
	if (detector === "isolation forest") return `isolation forest: isolated early, score ${figure.toFixed(2)}`;
	if (detector === "density")
		return `density: ${Math.exp(figure).toFixed(1)} times as far from its neighbours as the densest sessions of their cluster`;
	const most = event === undefined ? "" : `, most by how often ${text(event)} came`;
	return `autoencoder: a surprise of ${figure.toFixed(1)} nats${most}`;
}
