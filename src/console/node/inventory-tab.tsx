// The hardware of a node, and what changed in it.
import { List, ListItem } from '@patternfly/react-core'
import type { NodeView } from '../app/api.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { bytes, instant } from '../parts/format.ts'
import { t } from '../words/index.ts'

export function InventoryTab({ node: { inventory, inventoryHistory = [] } }: { readonly node: NodeView }) {
  const { smbios, nics, disks } = inventory
  return (
    <div className="pl-grid pl-gap">
      <Facts
        title={t.node.hardware}
        facts={[
          [t.node.maker, [smbios.manufacturer, smbios.product].filter((word) => word !== undefined).join(' ')],
          [t.node.serial, smbios.systemSerial],
          [t.node.firmware, [inventory.firmware, smbios.firmwareVersion].filter((word) => word !== undefined).join(', ')],
          [t.node.secureBoot, inventory.secureBoot],
          [t.node.processor, `${inventory.cpuCount} × ${inventory.cpuModel ?? inventory.architecture}`],
          [t.node.memory, bytes(inventory.memoryBytes)],
        ]}
      />
      <Facts title={t.node.cards} facts={[]}>
        <DataTable
          label={t.node.cards}
          rows={nics}
          keyOf={({ mac }) => mac}
          empty={{ title: t.common.none }}
          columns={[
            { key: 'name', head: t.fleet.columns.name, cell: ({ name }) => name },
            { key: 'mac', head: t.fleet.columns.mac, cell: ({ mac }) => <span className="pl-mono">{mac}</span>, width: 40 },
            { key: 'link', head: t.node.link, cell: ({ linkUp }) => (linkUp ? t.node.up : t.node.down) },
          ]}
        />
      </Facts>
      <Facts title={t.node.disks} facts={[]}>
        <DataTable
          label={t.node.disks}
          rows={disks}
          keyOf={({ devicePath }) => devicePath}
          empty={{ title: t.common.none }}
          columns={[
            { key: 'path', head: t.fleet.columns.name, cell: ({ devicePath }) => devicePath },
            { key: 'model', head: t.node.maker, cell: ({ model }) => model },
            { key: 'serial', head: t.node.serial, cell: ({ serial }) => serial },
            { key: 'size', head: t.images.columns.size, cell: ({ sizeBytes }) => bytes(sizeBytes) },
          ]}
        />
      </Facts>
      <Facts title={t.node.changes} facts={[]}>
        {inventoryHistory.length === 0 ? (
          <p>{t.node.noChanges}</p>
        ) : (
          <List isPlain>
            {inventoryHistory.toReversed().map(({ at, changes }) => (
              <ListItem key={at}>{`${instant(at)}: ${changes.join('; ')}`}</ListItem>
            ))}
          </List>
        )}
      </Facts>
    </div>
  )
}
