/** The projector: whether role databases follow the primary, and stopping it for a while. */
import { useState } from 'preact/hooks';
import type { ProjectorView } from '../../../../admin/role-databases/projector-view.ts';
import { fetchJson } from '../../api.ts';
import { counted, formatMoment, formatSeconds } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Facts, Loaded, Section } from '../../ui/page.tsx';
import { Progress } from './progress.tsx';

const PATH = '/api/admin/projector';

export function ProjectorSection() {
  const resource = useResource<ProjectorView>(PATH, ['role-databases', 'overview']);
  const { data, refresh } = resource;
  return (
    <Section title="Projector" actions={data && <PauseButton view={data} onDone={refresh} />}>
      <Loaded resource={resource}>{(view) => <Standing view={view} />}</Loaded>
    </Section>
  );
}

const STATES: Readonly<Record<ProjectorView['state'], readonly [Tone, string]>> = {
  running: ['ok', 'Running'],
  paused: ['attention', 'Paused'],
  failing: ['problem', 'Failing, tries again'],
};

function Standing({ view }: { readonly view: ProjectorView }) {
  const { state, pending, lagSeconds, maxLagSeconds, build, waiting, paused } = view;
  const [tone, name] = STATES[state];
  return (
    <>
      {paused && (
        <Notice tone="attention" title="Paused: devices get no news">
          <p>
            <code>{paused.by}</code> paused it at {formatMoment(paused.at)} (<Ago at={paused.at} />
            ). What devices write is accepted and kept; everyone else sees it when it is resumed. Builds wait.
          </p>
        </Notice>
      )}
      {state === 'failing' && (
        <Notice tone="problem" title="The projector fails">
          <p>Role databases may be behind. It tries again by itself; the cause is in the log of the server.</p>
        </Notice>
      )}
      <Facts
        items={[
          [
            'State',
            <Badge key="state" tone={tone}>
              {name}
            </Badge>,
          ],
          ['Behind by', counted(pending, 'revision')],
          [
            'Lag',
            <span key="lag">
              {formatSeconds(lagSeconds)} <span class="quiet">of {formatSeconds(maxLagSeconds)} allowed</span>
            </span>,
          ],
          ['Being built', counted(build?.databases ?? 0, 'role database')],
          ['Waiting to be built', counted(waiting, 'role database')],
        ]}
      />
      {build && (
        <Progress
          label={`Build of ${counted(build.databases, 'role database')}`}
          done={build.done}
          total={build.total}
          unit="changes of the primary"
        />
      )}
    </>
  );
}

function PauseButton({ view, onDone }: { readonly view: ProjectorView; readonly onDone: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const isPaused = view.state === 'paused';
  const act = async () => {
    await fetchJson(`${PATH}/${isPaused ? 'resume' : 'pause'}`, { method: 'POST' });
    onDone();
  };
  return (
    <>
      <button type="button" class={`button ${isPaused ? 'button-primary' : ''}`} onClick={() => setAsking(true)}>
        {isPaused ? 'Resume…' : 'Pause…'}
      </button>
      {isAsking && (
        <ConfirmDialog
          title={isPaused ? 'Resume the projector?' : 'Pause the projector?'}
          action={isPaused ? 'Resume' : 'Pause'}
          dangerous={!isPaused}
          onConfirm={act}
          onClose={() => setAsking(false)}
        >
          {isPaused ? <ResumeWords pending={view.pending} /> : <PauseWords />}
        </ConfirmDialog>
      )}
    </>
  );
}

const ResumeWords = ({ pending }: { readonly pending: number }) => (
  <p>
    {pending === 0
      ? 'Nothing was written meanwhile.'
      : `${counted(pending, 'revision')} that ${pending === 1 ? 'was' : 'were'} written meanwhile ${pending === 1 ? 'goes' : 'go'} to the role databases now, and to devices from there.`}{' '}
    Builds go on.
  </p>
);

const PauseWords = () => (
  <>
    <p>
      On every server, also after a restart, until somebody resumes it: devices go on reading what is there and see no
      news, not even a change of the same clinic.
    </p>
    <p>
      Nothing is lost: what is written is accepted, kept, and handed on afterwards. New clinics and patient accounts
      cannot sync until then, and the server reports itself not ready once the lag exceeds its limit.
    </p>
  </>
);
