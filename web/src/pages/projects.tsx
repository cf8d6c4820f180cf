// Accelerator projects: the list, and one with its phases and votes.

import { useCall } from "../data";
import { grouped, percent, share } from "../format/amount";
import { plain, shortened } from "../format/text";
import type { Paged, Phase, Project, Votes } from "../rpc/types";
import { to } from "../router";
import { AddressLink, Both, Meter, Tag, Time } from "../view/basics";
import { Empty, Facts, Head, pageOf, Pager, Section, Shown, Table } from "../view/layout";
import { Long } from "./momentum";
import { Site } from "./tokens";

const SIZE = 20;
const HASH = /^[0-9a-f]{64}$/;

function State({ status }: { status: number }) {
  switch (status) {
    case 0:
      return <Tag sort="wait">voting</Tag>;
    case 1:
      return <Tag sort="good">active</Tag>;
    case 2:
      return <Tag sort="good">paid</Tag>;
    case 3:
      return <Tag sort="bad">closed</Tag>;
    case 4:
      return <Tag sort="good">completed</Tag>;
    default:
      return <Tag sort="plain">{status}</Tag>;
  }
}

function VoteLine({ votes }: { votes: Votes }) {
  return (
    <span class="with-meter" title={`${votes.yes} yes, ${votes.no} no, ${votes.total} in all`}>
      {grouped(votes.yes)} yes, {grouped(votes.no)} no, {grouped(votes.total)} in all
      <Meter share={share(votes.yes, votes.total)} />
    </span>
  );
}

export function ProjectsPage({ query }: { query: URLSearchParams }) {
  const page = pageOf(query);
  const projects = useCall<Paged<Project>>("embedded.accelerator.getAll", [page, SIZE]);
  return (
    <>
      <Head title="Projects">
        <p>They ask the accelerator for funds; pillars vote on them and on their phases. Last changed first.</p>
      </Head>
      <Shown of={projects}>
        {({ count, list }) =>
          (list ?? []).length === 0 ? (
            <Empty>There is no project{page > 0 ? " on this page" : " yet"}.</Empty>
          ) : (
            <>
              <Table
                label="Projects"
                rows={list ?? []}
                id={(project) => project.id}
                columns={[
                  {
                    name: "Project",
                    cell: (project) => (
                      <a href={to("project", project.id)}>
                        <bdi class="foreign">{plain(project.name)}</bdi>
                      </a>
                    ),
                  },
                  { name: "State", cell: (project) => <State status={project.status} /> },
                  { name: "Asks for", number: true, cell: (project) => <Both znn={project.znnFundsNeeded} qsr={project.qsrFundsNeeded} /> },
                  { name: "Votes", number: true, cell: (project) => <VoteLine votes={project.votes} /> },
                  { name: "Phases", number: true, cell: (project) => grouped(project.phaseIds.length) },
                  { name: "Changed", number: true, cell: (project) => <Time at={project.lastUpdateTimestamp} /> },
                ]}
              />
              <Pager page={page} size={SIZE} count={count} />
            </>
          )
        }
      </Shown>
    </>
  );
}

export function ProjectPage({ id }: { id: string }) {
  const valid = HASH.test(id);
  const project = useCall<Project>("embedded.accelerator.getProjectById", valid ? [id] : null);
  return (
    <>
      <Head kind="Project" title={project.data ? <bdi>{plain(project.data.name)}</bdi> : shortened(plain(id))} />
      {!valid ? (
        <Empty>This is no id of a project: one has 64 hexadecimal digits.</Empty>
      ) : (
        <Shown of={project}>
          {(known) => (
            <>
              <p class="foreign wrap">
                <bdi>{plain(known.description)}</bdi>
              </p>
              <Facts
                rows={[
                  ["State", <State status={known.status} />],
                  ["Asks for", <Both znn={known.znnFundsNeeded} qsr={known.qsrFundsNeeded} />],
                  ["Votes", <VoteLine votes={known.votes} />],
                  ["In favour", percent(known.votes.yes, known.votes.yes + known.votes.no)],
                  ["Site", <Site text={known.url} />],
                  ["Owner", <AddressLink address={known.owner} full />],
                  ["Made", <Time at={known.creationTimestamp} long />],
                  ["Changed", <Time at={known.lastUpdateTimestamp} long />],
                  ["Id", <Long text={known.id} what="id" />],
                ]}
              />
              <Section title="Phases">
                {(known.phases ?? []).length === 0 ? (
                  <Empty>The project has no phase yet.</Empty>
                ) : (
                  (known.phases ?? []).map((phase) => <PhaseView key={phase.phase.id} entry={phase} />)
                )}
              </Section>
            </>
          )}
        </Shown>
      )}
    </>
  );
}

function PhaseView({ entry: { phase, votes } }: { entry: Phase }) {
  return (
    <div class="card">
      <h3>
        <bdi>{plain(phase.name)}</bdi> <State status={phase.status} />
      </h3>
      <p class="foreign wrap">
        <bdi>{plain(phase.description)}</bdi>
      </p>
      <Facts
        rows={[
          ["Asks for", <Both znn={phase.znnFundsNeeded} qsr={phase.qsrFundsNeeded} />],
          ["Votes", <VoteLine votes={votes} />],
          ["Site", <Site text={phase.url} />],
          ["Made", <Time at={phase.creationTimestamp} long />],
          ["Accepted", phase.acceptedTimestamp === 0 ? "not yet" : <Time at={phase.acceptedTimestamp} long />],
          ["Id", <Long text={phase.id} what="id" />],
        ]}
      />
    </div>
  );
}
