//! The figures: ours, the peer's, their ratio, and the goal.

use std::fmt;

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// Nothing; the figure is there to be known.
    None,
    /// Nothing either, and less is better.
    NoneLess,
    /// Our figure is at most this.
    AtMost(f64),
    /// Our figure is at least so many times the peer's.
    TimesPeer(f64),
    /// Our figure is at most the peer's divided by this.
    FractionOfPeer(f64),
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// Unit.
    pub unit: &'static str,
    /// Ours.
    pub ours: f64,
    /// The peer's, if one was measured in the same run.
    pub peer: Option<f64>,
    /// The goal.
    pub goal: Goal,
}

/// Whether a goal is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// No peer was there to compare with, or there is no goal.
    Open,
}

impl Figure {
    /// Ours over the peer's, or the other way round where less is better.
    pub fn ratio(&self) -> Option<f64> {
        let peer = self.peer?;
        Some(match self.goal {
            Goal::FractionOfPeer(_) | Goal::AtMost(_) | Goal::NoneLess => peer / self.ours,
            Goal::None | Goal::TimesPeer(_) => self.ours / peer,
        })
    }

    /// Whether the goal is met.
    pub fn verdict(&self) -> Verdict {
        let met = match self.goal {
            Goal::None | Goal::NoneLess => return Verdict::Open,
            Goal::AtMost(most) => self.ours <= most,
            Goal::TimesPeer(times) | Goal::FractionOfPeer(times) => match self.ratio() {
                Some(ratio) => ratio >= times,
                None => return Verdict::Open,
            },
        };
        if met { Verdict::Met } else { Verdict::Missed }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::None | Goal::NoneLess => String::new(),
            Goal::AtMost(most) => format!("at most {most} {}", self.unit),
            Goal::TimesPeer(times) | Goal::FractionOfPeer(times) => format!("{times} times better"),
        }
    }
}

/// All figures, printed as Markdown.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<Figure>);

impl Table {
    /// Adds a figure.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        ours: f64,
        peer: Option<f64>,
        goal: Goal,
    ) {
        self.0.push(Figure { name: name.into(), unit, ours, peer, goal });
    }

    /// Number of goals missed.
    pub fn missed(&self) -> usize {
        self.0.iter().filter(|figure| figure.verdict() == Verdict::Missed).count()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | unit | uz | peer | times better | goal | |")?;
        writeln!(f, "|---|---|---:|---:|---:|---|---|")?;
        for figure in &self.0 {
            let peer = figure.peer.map(number).unwrap_or_default();
            let ratio = figure.ratio().map(|ratio| format!("{ratio:.1}")).unwrap_or_default();
            let verdict = match figure.verdict() {
                Verdict::Met => "met",
                Verdict::Missed => "missed",
                Verdict::Open => "",
            };
            writeln!(
                f,
                "| {} | {} | {} | {peer} | {ratio} | {} | {verdict} |",
                figure.name,
                figure.unit,
                number(figure.ours),
                figure.goal_text(),
            )?;
        }
        Ok(())
    }
}

/// Three figures that count.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(ours: f64, peer: Option<f64>, goal: Goal) -> Figure {
        Figure { name: "x".to_owned(), unit: "ms", ours, peer, goal }
    }

    #[test]
    fn goals_are_judged() {
        assert_eq!(figure(99.0, None, Goal::AtMost(100.0)).verdict(), Verdict::Met);
        assert_eq!(figure(101.0, None, Goal::AtMost(100.0)).verdict(), Verdict::Missed);
        assert_eq!(figure(30.0, Some(10.0), Goal::TimesPeer(3.0)).verdict(), Verdict::Met);
        assert_eq!(figure(29.0, Some(10.0), Goal::TimesPeer(3.0)).verdict(), Verdict::Missed);
        assert_eq!(figure(1.0, Some(10.0), Goal::FractionOfPeer(10.0)).verdict(), Verdict::Met);
        assert_eq!(figure(2.0, Some(10.0), Goal::FractionOfPeer(10.0)).verdict(), Verdict::Missed);
        assert_eq!(figure(1.0, None, Goal::TimesPeer(3.0)).verdict(), Verdict::Open);
    }
}
