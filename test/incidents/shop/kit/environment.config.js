/** What the supervisor tells a service when it starts it. */
export const environment = {
	service: process.env.SERVICE ?? "unnamed",
	pod: process.env.POD ?? "unnamed-0",
	version: process.env.VERSION ?? "dev",
	port: Number(process.env.PORT ?? 0),
	collector: process.env.COLLECTOR_URL ?? "",
	peers: JSON.parse(process.env.PEERS ?? "{}"),
	configDir: process.env.CONFIG_DIR ?? "config",
	database: process.env.DATABASE_URL ?? "",
	redis: process.env.REDIS_URL ?? "",
};
