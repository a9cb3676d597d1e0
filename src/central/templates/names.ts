// What templates can say: function, parameters, site, values, node. Everything that could be there is there; what has no value is null. Pure.
import type { CentralFunction, Site } from '../../contract/central/objects.ts'
import type { ParameterValues } from '../../contract/central/parameters.ts'
import type { FunctionNode } from '../../orchestrator/index.ts'

export interface RenderFor {
  readonly theFunction?: CentralFunction
  readonly parameters: ParameterValues
  readonly site?: Site
  readonly node?: FunctionNode
}

/** A part that is left out is not there at all: a template that speaks of it is refused. */
export function namesFor({ theFunction, parameters, site, node }: RenderFor): object {
  return {
    parameters,
    ...(theFunction === undefined ? {} : { function: { name: theFunction.name, title: theFunction.title ?? null } }),
    ...(site === undefined
      ? {}
      : {
          site: { name: site.name, title: site.title ?? null, tags: site.tags ?? [], ring: site.ring ?? null },
          values: site.values ?? {},
        }),
    ...(node === undefined ? {} : { node: namesOfNode(node) }),
  }
}

function namesOfNode({ id, name, tags = [], location, inventory }: FunctionNode): object {
  const { architecture, firmware, smbios, memoryBytes, cpuCount, cpuModel, nics, disks } = inventory
  return {
    id,
    name,
    tags,
    location: location ?? null,
    architecture,
    firmware,
    manufacturer: smbios.manufacturer ?? null,
    model: smbios.product ?? null,
    serial: smbios.systemSerial ?? null,
    memoryBytes,
    cpuCount,
    cpuModel: cpuModel ?? null,
    nics: nics.map(({ mac, name: nic }) => ({ mac, name: nic })),
    disks: disks.map(({ sizeBytes, serial, model }) => ({ sizeBytes, serial: serial ?? null, model: model ?? null })),
  }
}
