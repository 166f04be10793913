/** Is every clinic in sync, and if not, what is to be done? */
import type { Overview } from '../../../../admin/overview/overview.ts';
import { storeNews } from '../../live.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Loaded, Page } from '../../ui/page.tsx';
import { ChartsSection } from './charts-section.tsx';
import { ClinicsSection } from './clinics-section.tsx';
import { FindingsList } from './findings-list.tsx';
import { Headline } from './headline.tsx';
import { KeyFigures } from './key-figures.tsx';

export function OverviewPage() {
  const overview = useResource<Overview>('/api/admin/overview', ['overview']);
  const { data } = overview;
  return (
    <Page
      title="Overview"
      lead={
        data && (
          <>
            As the server knew it <Ago at={data.at} />
          </>
        )
      }
    >
      <Loaded resource={overview}>
        {(known) => (
          <>
            {/* What was known before the store went away is not what is wrong first. */}
            {(storeNews.value.reachable || !known.store.reachable) && <Headline health={known.health} />}
            <FindingsList findings={known.health.state === 'ok' ? known.findings : known.findings.slice(1)} />
            <KeyFigures overview={known} />
          </>
        )}
      </Loaded>
      <ChartsSection />
      <ClinicsSection />
    </Page>
  );
}
