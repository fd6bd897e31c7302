import type { XmlOutput } from '../../../simulation/xml-write.ts';
import { toId18 } from '../ids.ts';
import type { Org } from '../org.ts';
import { jsonInstant } from '../soql/values.ts';
import { deployedAt } from './kept-files.ts';
import { folderOf } from './package-zip.ts';

/**
 * A component as listMetadata() names it. What was never deployed is as old as the platform's own components say of themselves.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_listmetadata.htm
 */
export function fileProperties(
  org: Org,
  { type, fullName, index }: { type: string; fullName: string; index: number },
): Record<string, XmlOutput> {
  const { folder, kind, holder } = folderOf(type);
  const name = holder === 'object' ? fullName.split('.')[0]! : fullName;
  const at = jsonInstant(deployedAt(org, `${kind} ${fullName}`) ?? 0).replace('+0000', 'Z');
  const userId = org.admin.userId;
  const user = org.find(userId)?.row;
  const by = [user?.FirstName, user?.LastName].filter(Boolean).join(' ');
  return {
    ...{ createdById: userId, createdByName: by, createdDate: at },
    ...{ fileName: `${folder}/${name}.${holder}`, fullName },
    id: toId18(`00X${String(index + 1).padStart(12, '0')}`) ?? '',
    ...{ lastModifiedById: userId, lastModifiedByName: by, lastModifiedDate: at },
    ...{ manageableState: 'unmanaged', type },
  };
}
