/** Which clinics somebody works at. Of many clinics, those that are chosen and those that are searched for are shown. */
import { useId, useState } from 'preact/hooks';
import type { ClinicDocument } from '../../clinics.ts';
import { formatCount } from '../../format.ts';
import { Checkbox, TextField } from '../../ui/fields.tsx';

const SHOWN = 40;

interface ClinicChoiceProps {
  readonly clinics: readonly ClinicDocument[];
  readonly chosen: readonly string[];
  readonly onChange: (slugs: readonly string[]) => void;
}

export function ClinicChoice({ clinics, chosen, onChange }: ClinicChoiceProps) {
  const [text, setText] = useState('');
  const moreId = useId();
  const sought = text.trim().toLowerCase();
  const known = new Map(clinics.map(({ slug, name }) => [slug, name]));
  const found = clinics.filter(({ slug, name }) => `${slug} ${name}`.toLowerCase().includes(sought));
  const others = found.map(({ slug }) => slug).filter((slug) => !chosen.includes(slug));
  const slugs = [...chosen, ...others.slice(0, SHOWN)];
  const toggle = (slug: string, isChosen: boolean) =>
    onChange(isChosen ? [...chosen, slug] : chosen.filter((one) => one !== slug));
  return (
    <fieldset class="choice">
      <legend>Clinics</legend>
      {clinics.length > SHOWN && <TextField label="Search clinics" type="search" value={text} onInput={setText} />}
      <div class="choice-items">
        {slugs.map((slug) => (
          <Checkbox
            key={slug}
            label={known.get(slug) ?? slug}
            checked={chosen.includes(slug)}
            onChange={(isChosen) => toggle(slug, isChosen)}
          />
        ))}
      </div>
      {clinics.length === 0 && <p class="quiet">There is no clinic yet: create one first.</p>}
      {others.length > SHOWN && (
        <p class="hint" id={moreId}>
          {formatCount(others.length - SHOWN)} more: search for them.
        </p>
      )}
    </fieldset>
  );
}
