//! The report of a campaign: text for terminals, JSON for scripts, a page for browsers.

mod pairs;

use core::fmt::Write as _;

use crate::campaign::{CampaignOptions, Failure, Summary};
use crate::coverage::Point;
use crate::faults::TABLE;
use crate::swarm::Size;

/// A campaign from which "never reached" means something.
const ENOUGH_SEEDS: usize = 200;

/// What a report is about.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What was done.
    pub options: &'a CampaignOptions,
    /// What came of it.
    pub summary: &'a Summary,
    /// How long it took, in milliseconds of real time.
    pub wall_ms: u64,
}

impl Report<'_> {
    /// The line that does a failing run again.
    pub fn replay_line(&self, failure: &Failure) -> String {
        let mut line = format!("klamm sim run --seed {}", failure.seed);
        if let Some(flaw) = self.options.run.flaw {
            let _ = write!(line, " --flaw {}", flaw.slug());
        }
        if self.options.run.size != Size::Any {
            let _ = write!(line, " --machines {}", self.options.run.size.word());
        }
        for name in &self.options.run.without {
            let _ = write!(line, " --without {name}");
        }
        line
    }

    /// Whether every promise was kept.
    pub fn holds(&self) -> bool {
        self.summary.failures.is_empty()
    }

    fn per_second(&self, count: u64) -> u64 {
        count * 1000 / self.wall_ms.max(1)
    }

    /// The outcome in one sentence.
    pub fn verdict(&self) -> String {
        let runs = self.summary.runs.len();
        match self.summary.failures.len() {
            0 => format!("all {runs} runs kept every promise"),
            1 => format!("1 of {runs} runs broke a promise"),
            count => format!("{count} of {runs} runs broke a promise"),
        }
    }

    /// Points that were never reached, if there were enough runs for that to mean something.
    pub fn never_reached(&self) -> Vec<Point> {
        if self.summary.runs.len() < ENOUGH_SEEDS {
            Vec::new()
        } else {
            self.summary.coverage.never().collect()
        }
    }

    fn figures(&self) -> Vec<(&'static str, String)> {
        let summary = self.summary;
        let seconds = summary.simulated_ms / 1000;
        vec![
            ("runs", format!("{} from seed {}", summary.runs.len(), self.options.first_seed)),
            ("flaw", self.options.run.flaw.map_or("none".to_owned(), |flaw| flaw.slug().to_owned())),
            ("events", format!("{} ({}/s)", summary.events, self.per_second(summary.events))),
            ("simulated", format!("{seconds} s ({} s/s)", self.per_second(seconds))),
            ("records", format!("{} acknowledged of {} sent", summary.records.0, summary.records.1)),
            (
                "wall",
                format!(
                    "{}.{:03} s on {} threads",
                    self.wall_ms / 1000,
                    self.wall_ms % 1000,
                    self.options.jobs
                ),
            ),
            ("digest", summary.digest().to_string()),
        ]
    }

    /// The report as text.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.verdict());
        for (name, value) in self.figures() {
            let _ = writeln!(text, "{name:>10}  {value}");
        }
        for failure in self.summary.failures.values() {
            let _ = writeln!(text, "\nseed {}: {}", failure.seed, failure.violation);
            let _ = writeln!(text, "  again: {}", self.replay_line(failure));
        }
        text.push_str("\nfaults (strikes)\n");
        for (kind, count) in TABLE.iter().zip(&self.summary.strikes) {
            let _ = writeln!(text, "  {:<20} {} {count:>9}", kind.name, kind.letter);
        }
        let never = pairs::never_met(self.summary);
        let met = pairs::all() - never.len();
        let _ = writeln!(text, "  pairs of faults that met in one run: {met} of {}", pairs::all());
        if !never.is_empty() && self.summary.runs.len() >= ENOUGH_SEEDS {
            let names: Vec<String> =
                never.iter().map(|(first, second)| format!("{first}+{second}")).collect();
            let _ = writeln!(text, "  never met: {}", names.join(", "));
        }
        text.push_str("\nreached (times)\n");
        for point in Point::ALL {
            let _ = writeln!(text, "  {:<32} {:>9}", point.slug(), self.summary.coverage.count(*point));
        }
        let never = self.never_reached();
        if !never.is_empty() {
            let names: Vec<&str> = never.iter().map(|point| point.slug()).collect();
            let _ = writeln!(text, "\nnever reached: {}", names.join(", "));
        }
        text
    }

    /// The report as one JSON object.
    pub fn json(&self) -> String {
        let summary = self.summary;
        let mut json = String::from("{");
        let flaw = self.options.run.flaw.map_or("null".to_owned(), |flaw| quoted(flaw.slug()));
        let _ = write!(
            json,
            "\"holds\":{},\"verdict\":{},\"first_seed\":{},\"runs\":{},\"flaw\":{flaw},\"events\":{},\
             \"simulated_ms\":{},\"wall_ms\":{},\"jobs\":{},\"acknowledged\":{},\"sent\":{},\"digest\":\"{}\"",
            self.holds(),
            quoted(&self.verdict()),
            self.options.first_seed,
            summary.runs.len(),
            summary.events,
            summary.simulated_ms,
            self.wall_ms,
            self.options.jobs,
            summary.records.0,
            summary.records.1,
            summary.digest(),
        );
        let failures = summary.failures.values().map(|failure| {
            format!(
                "{{\"seed\":{},\"check\":\"{}\",\"object\":{},\"sentence\":{},\"time\":\"{}\",\"digest\":\"{}\",\"again\":{}}}",
                failure.seed,
                failure.violation.check,
                quoted(&failure.violation.object),
                quoted(&failure.violation.sentence),
                failure.violation.time,
                failure.digest,
                quoted(&self.replay_line(failure)),
            )
        });
        let _ = write!(json, ",\"failures\":[{}]", failures.collect::<Vec<_>>().join(","));
        let strikes =
            TABLE.iter().zip(&summary.strikes).map(|(kind, count)| format!("\"{}\":{count}", kind.name));
        let _ = write!(json, ",\"faults\":{{{}}}", strikes.collect::<Vec<_>>().join(","));
        let _ = write!(json, ",\"pairs\":{}", pairs::json(summary));
        let points =
            Point::ALL.iter().map(|point| format!("\"{}\":{}", point.slug(), summary.coverage.count(*point)));
        let _ = write!(json, ",\"coverage\":{{{}}}}}", points.collect::<Vec<_>>().join(","));
        json
    }

    /// The report as a page that needs nothing else.
    pub fn html(&self) -> String {
        let mut page = String::from(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>klamm sim</title><style>\
             :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;\
             margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:.5rem 0 1.5rem}\
             td,th{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top}\
             td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.9em}\
             .wide{overflow-x:auto}.pairs{font-size:.75rem}.pairs td,.pairs th{padding:.1rem .3rem}\
             .pairs th{white-space:nowrap;font-weight:normal}.up{vertical-align:bottom}\
             .up span{writing-mode:vertical-rl;transform:rotate(180deg)}\
             .bad{border-left:.3rem solid #c33;padding-left:.8rem}.never{color:#c33}</style>",
        );
        let _ = write!(page, "<h1>{}</h1><table>", escaped(&self.verdict()));
        for (name, value) in self.figures() {
            let _ = write!(page, "<tr><th>{name}<td>{}", escaped(&value));
        }
        page.push_str("</table>");
        for failure in self.summary.failures.values() {
            let _ = write!(
                page,
                "<div class=\"bad\"><h2>Seed {}: {}</h2><p>{}: {} (at {})<p><code>{}</code></div>",
                failure.seed,
                failure.violation.check,
                escaped(&failure.violation.object),
                escaped(&failure.violation.sentence),
                failure.violation.time,
                escaped(&self.replay_line(failure)),
            );
        }
        page.push_str("<h2>Faults</h2><table>");
        for (kind, count) in TABLE.iter().zip(&self.summary.strikes) {
            let _ = write!(page, "<tr><td>{}<td class=\"n\">{count}", kind.name);
        }
        page.push_str("</table><h2>Pairs of faults</h2><p>Runs in which both have struck.");
        page.push_str(&pairs::html(self.summary));
        page.push_str("<h2>Reached</h2><table>");
        for point in Point::ALL {
            let count = self.summary.coverage.count(*point);
            let class = if count == 0 { " class=\"never\"" } else { "" };
            let _ = write!(page, "<tr{class}><td>{}<td class=\"n\">{count}", point.slug());
        }
        page.push_str("</table></html>\n");
        page
    }
}

pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkers::{Check, Violation};
    use crate::clock::Time;
    use crate::hash::Digest;
    use crate::run::Options;
    use klamm_core::flaw::Flaw;

    #[test]
    fn a_report_names_the_failure_and_the_line_that_repeats_it() {
        let options = CampaignOptions {
            first_seed: 1,
            seeds: 10,
            jobs: 2,
            failures_max: 1,
            run: Options { flaw: Some(Flaw::NoDedupeOnRetry), ..Options::default() },
        };
        let mut summary = Summary::default();
        let violation = Violation::new(Check::Dup, Time(1), "p0-000001", "is there \"twice\" <here>");
        summary.failures.insert(7, Failure { seed: 7, violation, digest: Digest(1) });
        summary.runs.insert(7, Digest(1));
        let report = Report { options: &options, summary: &summary, wall_ms: 5 };
        assert!(!report.holds());
        let line = "klamm sim run --seed 7 --flaw no-dedupe-on-retry";
        assert!(report.text().contains(line) && report.json().contains(line) && report.html().contains(line));
        assert!(report.json().contains("\\\"twice\\\""));
        assert!(report.html().contains("&lt;here&gt;"));
    }
}
