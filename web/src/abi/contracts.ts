// The contracts' methods: made from the node's own table by `uz docs contracts`.

import type { Contract } from "./decode";
import table from "../contracts.json";

export default table as unknown as Contract[];
