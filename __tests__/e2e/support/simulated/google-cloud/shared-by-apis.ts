import { Call } from "./api-call";
import { notFound } from "./google-error";
import { Faults } from "./google-faults";
import { Objects, ObjectsInMemory } from "./bucket-objects";
import { Operations } from "./long-running-operations";
import { GoogleOptions, Hooks, newProjectApis } from "./google-options";
import { Policies } from "./iam-policies";
import { emptyState, loadState, Project, saveState, State } from "./google-state";
import { publishFirstImages } from "./api/compute/public-images";

/** What all simulated APIs share. */
export class Cloud {
  readonly state: State;
  readonly objects: Objects;
  readonly hooks: Hooks;
  readonly faults: Faults;
  readonly operations: Operations;
  readonly policies = new Policies(this);
  readonly calls: Call[] = [];
  readonly apiPropagationMs: number;
  readonly grantPropagationMs: number;
  readonly accountPropagationMs: number;

  constructor(private readonly options: GoogleOptions) {
    this.objects = options.objects ?? new ObjectsInMemory();
    this.hooks = options.hooks ?? {};
    this.faults = new Faults(options.seed);
    this.operations = new Operations(options.operationMs ?? 0, () => this.save());
    this.apiPropagationMs = options.apiPropagationMs ?? 0;
    this.grantPropagationMs = options.grantPropagationMs ?? 0;
    this.accountPropagationMs = options.accountPropagationMs ?? 0;
    this.state = loadState(options.stateFile) ?? this.newState();
  }

  save(): void {
    saveState(this.options.stateFile, this.state);
  }

  /** By id or number; Google does not say whether a project that you may not see exists. */
  project(idOrNumber: string): Project {
    const project =
      this.state.projects[idOrNumber] ?? Object.values(this.state.projects).find(({ number }) => number === idOrNumber);
    if (!project) throw notFound(`The resource 'projects/${idOrNumber}' was not found`);
    return project;
  }

  /** Ids are numbers of 19 digits, sent as text. */
  newId(): string {
    return String(4_000_000_000_000_000_000n + BigInt(++this.state.lastId) * 7_919_000_003n);
  }

  newAddress(name: string): string {
    if (this.options.nextAddress) return this.options.nextAddress(name);
    const used = new Set(Object.values(this.state.addresses).map(({ address }) => address));
    for (let host = 1; ; host++) {
      const address = `203.0.113.${host}`;
      if (!used.has(address)) return address;
    }
  }

  private newState(): State {
    const state = emptyState();
    for (const { projectId, number, defaultNetwork } of this.options.projects) {
      state.projects[projectId] = {
        projectId,
        number:
          number ?? String(100_000_000_000 + [...projectId].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 1e11, 7)),
        networks: defaultNetwork === false ? [] : ["default"],
        apis: Object.fromEntries((this.options.enabledApis ?? newProjectApis).map((api) => [api, 0])),
      };
    }
    publishFirstImages(state);
    return state;
  }
}
