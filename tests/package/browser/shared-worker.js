// A broker for all tabs of a site.

import { Broker } from "@afterlink/broker";

const broker = Broker.create();
self.onconnect = async ({ ports: [port] }) => (await broker).attach(port);
