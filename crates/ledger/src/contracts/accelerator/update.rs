//! What an accelerator update does: counts votes and pays phases.
//!
//! Source: go-zenon `vm/embedded/implementation/accelerator.go` (`UpdateEmbeddedAcceleratorMethod`).

use super::{
    Call, Context, Phase, Project, Record, Send, Status, asked, check_funds, check_running,
    current_phase, projects,
};
use crate::contracts::{pillar, rewards, votes};
use crate::refusal::Refusal;
use crate::types::{Amount, Hash, TokenStandard, contract};

/// An update at work.
struct Round {
    now: i64,
    /// Pillars that are active.
    pillars: u32,
    /// What the contract has left.
    znn: Amount,
    qsr: Amount,
    sends: Vec<Send>,
}

pub(super) fn update(context: &mut Context<'_>, _call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    check_running(context)?;
    rewards::gate_update(context)?;
    let pillars = pillar::active(&context.moment().account(&contract::PILLAR))?.len();
    let mut round = Round {
        now: context.now()?,
        pillars: u32::try_from(pillars).map_err(|_| Refusal::Panic)?,
        znn: context.balance(&TokenStandard::ZNN)?,
        qsr: context.balance(&TokenStandard::QSR)?,
        sends: Vec::new(),
    };
    for project in by_age_of_phase(context, round.now)? {
        match project.status {
            Status::Voting => round.vote(context, project)?,
            Status::Active => round.pay(context, project)?,
            Status::Paid | Status::Closed | Status::Completed => {}
        }
    }
    Ok(round.sends)
}

/// Projects whose last phase is older come first; one without a phase counts as new.
fn by_age_of_phase(context: &Context<'_>, now: i64) -> Result<Vec<Project>, Refusal> {
    let mut aged = Vec::new();
    for project in projects(context)? {
        let age = current_phase(context, &project)?.map_or(now, |phase| phase.creation_timestamp);
        aged.push((age, project));
    }
    aged.sort_by_key(|(age, _)| *age);
    Ok(aged.into_iter().map(|(_, project)| project).collect())
}

impl Round {
    fn vote(&self, context: &mut Context<'_>, mut project: Project) -> Result<(), Refusal> {
        let period = context.rules().accelerator_project_voting_period;
        if project.creation_timestamp + period < self.now {
            project.status = Status::Closed;
        } else if self.accepted(context, &project.id)? {
            project.status = Status::Active;
            project.last_update_timestamp = self.now;
        } else {
            return Ok(());
        }
        project.save(context);
        Ok(())
    }

    fn pay(&mut self, context: &mut Context<'_>, mut project: Project) -> Result<(), Refusal> {
        let Some(mut phase) = current_phase(context, &project)? else { return Ok(()) };
        if phase.status != Status::Voting
            || !self.accepted(context, &phase.id)?
            || self.sends.len() >= context.rules().max_blocks_per_update
            || !funds_fit(context, &project)?
        {
            return Ok(());
        }
        let (Some(znn), Some(qsr)) = (
            self.znn.checked_sub(phase.znn_funds_needed),
            self.qsr.checked_sub(phase.qsr_funds_needed),
        ) else {
            return Ok(());
        };
        (self.znn, self.qsr) = (znn, qsr);
        // Both sends are made, also for an amount of 0.
        for (token, amount) in [
            (TokenStandard::ZNN, phase.znn_funds_needed),
            (TokenStandard::QSR, phase.qsr_funds_needed),
        ] {
            let data = phase.id.0.to_vec();
            self.sends.push(Send { to: project.owner, amount, token, data });
        }
        self.settle(context, &mut project, &mut phase)
    }

    /// Writes that a phase was paid.
    fn settle(
        &self,
        context: &mut Context<'_>,
        project: &mut Project,
        phase: &mut Phase,
    ) -> Result<(), Refusal> {
        phase.status = Status::Paid;
        phase.accepted_timestamp = self.now;
        phase.save(context);
        project.last_update_timestamp = self.now;
        let all = (Some(project.znn_funds_needed), Some(project.qsr_funds_needed));
        if asked(context, project)? == all {
            project.status = Status::Completed;
        }
        project.save(context);
        Ok(())
    }

    /// More for than against, and enough votes. Votes of revoked pillars count as well.
    fn accepted(&self, context: &Context<'_>, id: &Hash) -> Result<bool, Refusal> {
        let votes = votes::breakdown(context, id)?;
        let needed = self.pillars.wrapping_mul(context.rules().vote_acceptance_threshold);
        Ok(votes.yes > votes.no && votes.total.wrapping_mul(100) > needed)
    }
}

/// Whether the phases of a project still fit it; the reference passes over one that doesn't.
fn funds_fit(context: &Context<'_>, project: &Project) -> Result<bool, Refusal> {
    match check_funds(context, project) {
        Ok(()) => Ok(true),
        Err(Refusal::AcceleratorInvalidFunds) => Ok(false),
        Err(other) => Err(other),
    }
}
