//! `kafka-consumer-groups`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use klamm_core::client::admin::GroupMember;
use klamm_core::types::{Offset, TopicPartition};
use klamm_wire::{ErrorCode, Str};

use super::{KafkaServer, exactly_one};
use crate::connection::{AdminSession, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::groups::{GroupLag, ResetTo, lag, plan_reset, select_partitions};
use crate::render::print_line;
use crate::when::{now_ms, parse_time};

/// Lists, describes, resets and deletes consumer groups, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaConsumerGroups {
    #[command(flatten)]
    server: KafkaServer,
    /// List groups
    #[arg(long)]
    list: bool,
    /// Describe groups
    #[arg(long)]
    describe: bool,
    /// Delete groups
    #[arg(long)]
    delete: bool,
    /// Move offsets
    #[arg(long)]
    reset_offsets: bool,
    /// Forget offsets
    #[arg(long)]
    delete_offsets: bool,
    /// Name of a group; may be repeated
    #[arg(long)]
    group: Vec<String>,
    /// All groups
    #[arg(long, conflicts_with = "group")]
    all_groups: bool,
    /// Topic or topic:0,1,2; may be repeated
    #[arg(long)]
    topic: Vec<String>,
    /// All topics the group has offsets of
    #[arg(long, conflicts_with = "topic")]
    all_topics: bool,
    /// With --describe: the members
    #[arg(long)]
    members: bool,
    /// With --describe: the offsets, which is the default
    #[arg(long, conflicts_with_all = ["members", "state"])]
    offsets: bool,
    /// With --describe: the state; with --list: also the state, or only these states
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "STATES")]
    state: Option<String>,
    #[command(flatten)]
    to: To,
    /// Only show what would be done, which is the default
    #[arg(long, conflicts_with = "execute")]
    dry_run: bool,
    /// Do it
    #[arg(long)]
    execute: bool,
    /// Milliseconds a request may take
    #[arg(long, value_name = "MILLISECONDS")]
    timeout: Option<u32>,
    /// Print what would be done as CSV, for --from-file
    #[arg(long, conflicts_with = "execute")]
    export: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct To {
    /// To the first record
    #[arg(long)]
    to_earliest: bool,
    /// To the end
    #[arg(long)]
    to_latest: bool,
    /// To where the group is
    #[arg(long)]
    to_current: bool,
    /// To this offset
    #[arg(long)]
    to_offset: Option<i64>,
    /// By so many records
    #[arg(long, allow_negative_numbers = true)]
    shift_by: Option<i64>,
    /// To the first record since 2026-01-31T12:00:00.000
    #[arg(long, value_parser = parse_time)]
    to_datetime: Option<i64>,
    /// To the first record since so long ago, as in PT1H30M or P1D
    #[arg(long, value_parser = parse_duration)]
    by_duration: Option<i64>,
    /// To offsets of a CSV file: topic,partition,offset
    #[arg(long)]
    from_file: Option<PathBuf>,
}

/// Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds.
fn parse_duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no duration; write for example PT1H30M or P1D");
    let rest = text.strip_prefix('P').ok_or_else(wrong)?;
    let (mut total, mut number, mut in_time) = (0i64, String::new(), false);
    for c in rest.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let scale = match (c, in_time) {
            ('T', false) if number.is_empty() => {
                in_time = true;
                continue;
            }
            ('D', false) => 86_400_000,
            ('H', true) => 3_600_000,
            ('M', true) => 60_000,
            ('S', true) => 1_000,
            _ => return Err(wrong()),
        };
        let amount: i64 = number.parse().map_err(|_| wrong())?;
        number.clear();
        total = amount.checked_mul(scale).and_then(|ms| total.checked_add(ms)).ok_or_else(wrong)?;
    }
    if number.is_empty() && total > 0 { Ok(total) } else { Err(wrong()) }
}

impl KafkaConsumerGroups {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        exactly_one(&[
            ("--list", self.list),
            ("--describe", self.describe),
            ("--delete", self.delete),
            ("--reset-offsets", self.reset_offsets),
            ("--delete-offsets", self.delete_offsets),
        ])?;
        let mut admin = AdminSession::open(&self.server.options()?.within_ms(self.timeout))?;
        if self.list {
            return self.list(&mut admin);
        }
        let groups = self.groups(&mut admin)?;
        if self.delete {
            delete(&mut admin, groups)
        } else if self.describe {
            for group in groups {
                self.describe_group(context, &mut admin, &group)?;
            }
            Ok(())
        } else if self.reset_offsets {
            self.reset(&mut admin, &groups)
        } else {
            let [group] = &groups[..] else {
                return Err(Failure::new(Exit::Usage, "cannot delete offsets", "--group names one group"));
            };
            self.forget(&mut admin, group)
        }
    }

    fn groups(&self, admin: &mut AdminSession) -> Result<Vec<Str>, Failure> {
        if self.all_groups {
            return Ok(admin.list_groups()?.into_keys().collect());
        }
        if self.group.is_empty() {
            return Err(Failure::new(Exit::Usage, "Missing required argument", "--group or --all-groups"));
        }
        Ok(self.group.iter().map(|group| group.as_str().into()).collect())
    }

    fn list(&self, admin: &mut AdminSession) -> Outcome {
        let groups = admin.list_groups()?;
        let Some(states) = &self.state else {
            groups.keys().for_each(|group| print_line(group));
            return Ok(());
        };
        let wanted: Vec<String> = states.split(',').map(|s| s.trim().to_lowercase()).collect();
        let shown = |state: &str| states.is_empty() || wanted.contains(&state.to_lowercase());
        print_line(&format!("{:<25} {:<20}", "GROUP", "STATE"));
        for group in groups.values().filter(|group| shown(&group.state)) {
            print_line(&format!("{:<25} {:<20}", &*group.group_id, &*group.state));
        }
        Ok(())
    }

    fn describe_group(&self, context: &Context, admin: &mut AdminSession, group: &Str) -> Outcome {
        let all = match lag(admin, group) {
            Ok(all) => all,
            Err(failure) if failure.exit == Exit::Failure => {
                let what = "Error: Executing consumer group command failed";
                return Err(Failure::new(Exit::Failure, what, format!("Group {group} not found.")));
            }
            Err(failure) => return Err(failure),
        };
        if all.description.members.is_empty() {
            eprintln!("\nConsumer group '{group}' has no active members.");
        }
        if self.members {
            print_members(group, &all.description.members, context.verbose > 0);
        } else if self.state.is_some() {
            print_state(group, &all);
        } else {
            print_offsets(group, &all);
        }
        Ok(())
    }

    fn reset(&self, admin: &mut AdminSession, groups: &[Str]) -> Outcome {
        let to = self.reset_to()?;
        if !self.execute && !self.dry_run && !self.export {
            eprintln!("WARN: No action will be performed as the --execute option is missing.");
        }
        if !self.export {
            print_line("");
            print_line(&format!("{:<15} {:<15} {:<10} {}", "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"));
        }
        for group in groups {
            let selected: BTreeSet<TopicPartition> = match &to {
                ResetTo::Exactly(offsets) => offsets.keys().cloned().collect(),
                _ if !self.topic.is_empty() => select_partitions(admin, &self.topic)?,
                _ if self.all_topics => {
                    let (offsets, _) = split("", admin.group_offsets(group.clone())?, ToString::to_string);
                    offsets.into_keys().collect()
                }
                _ => {
                    let why = "--topic, --all-topics or --from-file says which partitions";
                    return Err(Failure::new(Exit::Usage, "Missing required argument", why));
                }
            };
            let plan = plan_reset(admin, group, &selected, &to)?;
            if self.execute {
                let results = admin.alter_group_offsets(group.clone(), plan.clone())?;
                let what = format!("Error: Assignments can only be reset if the group '{group}' is inactive");
                if let Some(failure) = split(&what, results, ToString::to_string).1 {
                    return Err(failure);
                }
            }
            for (name, offset) in plan {
                print_line(&if self.export {
                    format!("{},{},{offset}", name.topic, name.partition)
                } else {
                    format!("{:<15} {:<15} {:<10} {offset}", &**group, &*name.topic, name.partition)
                });
            }
        }
        Ok(())
    }

    fn reset_to(&self) -> Result<ResetTo, Failure> {
        let To {
            to_earliest,
            to_latest,
            to_current,
            to_offset,
            shift_by,
            to_datetime,
            by_duration,
            from_file,
        } = &self.to;
        if let Some(path) = from_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::new(Exit::Usage, format!("cannot read {}", path.display()), error)
            })?;
            return Ok(ResetTo::Exactly(parse_csv(&text)?));
        }
        let number = to_offset.map(ResetTo::Offset).or(shift_by.map(ResetTo::Shift));
        let time = to_datetime.or(by_duration.map(|age| now_ms() - age)).map(ResetTo::Timestamp);
        if let Some(to) = number.or(time) {
            return Ok(to);
        }
        match (to_earliest, to_latest, to_current) {
            (true, _, _) => Ok(ResetTo::Earliest),
            (_, true, _) => Ok(ResetTo::Latest),
            (_, _, true) => Ok(ResetTo::Current),
            _ => Err(Failure::new(Exit::Usage, "Missing required argument", "one of --to-... says where to")),
        }
    }

    fn forget(&self, admin: &mut AdminSession, group: &Str) -> Outcome {
        if self.topic.is_empty() {
            return Err(Failure::new(Exit::Usage, "Missing required argument", "--topic names the topics"));
        }
        let selected = select_partitions(admin, &self.topic)?;
        let results = admin.delete_group_offsets(group.clone(), selected)?;
        let failed = results.values().any(Result::is_err);
        if failed {
            print_line(&format!(
                "Encountered some partition level error when deleting offsets from group {group}."
            ));
        } else {
            print_line(&format!("Request succeeded for deleting offsets from group {group}."));
        }
        print_line("");
        print_line(&format!("{:<15} {:<10} {:<15}", "TOPIC", "PARTITION", "STATUS"));
        for (name, result) in &results {
            let status = match result {
                Ok(()) => "Successful".to_owned(),
                Err(code) => format!("Error: {code}"),
            };
            print_line(&format!("{:<15} {:<10} {status:<15}", &*name.topic, name.partition));
        }
        if failed {
            return Err(Failure::new(Exit::Failure, "offsets were not deleted", "see above"));
        }
        Ok(())
    }
}

fn parse_csv(text: &str) -> Result<BTreeMap<TopicPartition, Offset>, Failure> {
    let line = |line: &str| {
        let mut fields = line.split(',').map(|field| field.trim().trim_matches('"'));
        let topic = fields.next().filter(|topic| !topic.is_empty())?;
        let (partition, offset) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((TopicPartition { topic: topic.into(), partition }, offset))
    };
    let wrong = |text: &str| {
        Failure::new(Exit::Usage, format!("`{text}` is no line of offsets"), "write topic,partition,offset")
    };
    let lines = text.lines().filter(|text| !text.trim().is_empty());
    lines.map(|text| line(text).ok_or_else(|| wrong(text))).collect()
}

fn delete(admin: &mut AdminSession, groups: Vec<Str>) -> Outcome {
    let results = admin.delete_groups(groups)?;
    let quoted =
        |names: Vec<&Str>| names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let (good, bad): (Vec<_>, Vec<_>) = results.iter().partition(|(_, result)| result.is_ok());
    let good = quoted(good.into_iter().map(|(name, _)| name).collect());
    if bad.is_empty() {
        print_line(&format!("Deletion of requested consumer groups ({good}) was successful."));
        return Ok(());
    }
    if !good.is_empty() {
        print_line(&format!("These consumer groups were deleted successfully: {good}"));
    }
    let reasons = bad.into_iter().filter_map(|(name, result)| {
        let error = result.as_ref().err()?;
        let why = match error.code {
            ErrorCode::GROUP_ID_NOT_FOUND => "The group id does not exist.".to_owned(),
            ErrorCode::NON_EMPTY_GROUP => "The group is not empty.".to_owned(),
            _ => error.to_string(),
        };
        Some(format!("Group '{name}' could not be deleted due to: {why}"))
    });
    let reasons = reasons.collect::<Vec<_>>().join("; ");
    Err(Failure::new(Exit::Failure, "Error: Deletion of some consumer groups failed", reasons))
}

fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(str::len).chain([15]).max().expect("there is at least the least width")
}

/// Kafka's columns are as wide as their longest entry, at least 15, and separated by one space.
fn print_offsets(group: &Str, all: &GroupLag) {
    let topic_width = width(all.partitions.iter().map(|p| &*p.partition.topic));
    let member = |p: &crate::groups::PartitionLag, part: fn(&GroupMember) -> &Str| {
        p.member.as_ref().map_or("-".to_owned(), |member| part(member).to_string())
    };
    let ids: Vec<String> = all.partitions.iter().map(|p| member(p, |m| &m.member_id)).collect();
    let id_width = width(ids.iter().map(String::as_str));
    let group_width = width([&**group].into_iter());
    print_line("");
    print_line(&format!(
        "{:<group_width$} {:<topic_width$} {:<10} {:<15} {:<15} {:<15} {:<id_width$} {:<15} {}",
        "GROUP",
        "TOPIC",
        "PARTITION",
        "CURRENT-OFFSET",
        "LOG-END-OFFSET",
        "LAG",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID"
    ));
    let shown = |number: Option<i64>| number.map_or("-".into(), |number| number.to_string());
    for (p, id) in all.partitions.iter().zip(ids) {
        print_line(&format!(
            "{:<group_width$} {:<topic_width$} {:<10} {:<15} {:<15} {:<15} {id:<id_width$} {:<15} {}",
            &**group,
            &*p.partition.topic,
            p.partition.partition,
            shown(p.committed),
            shown(p.end),
            shown(p.lag()),
            member(p, |m| &m.host),
            member(p, |m| &m.client_id),
        ));
    }
}

fn print_members(group: &Str, members: &[GroupMember], verbose: bool) {
    let id_width = width(members.iter().map(|m| &*m.member_id));
    let group_width = width([&**group].into_iter());
    let client_width = width(members.iter().map(|m| &*m.client_id));
    print_line("");
    let more = if verbose {
        format!(" {:<15} {:<20}", "CURRENT-EPOCH", "CURRENT-ASSIGNMENT")
    } else {
        String::new()
    };
    print_line(&format!(
        "{:<group_width$} {:<id_width$} {:<15} {:<client_width$} {:<15}{more}",
        "GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"
    ));
    for m in members {
        let more = if verbose { format!(" {:<15} {:<20}", "-", assignment(m)) } else { String::new() };
        print_line(&format!(
            "{:<group_width$} {:<id_width$} {:<15} {:<client_width$} {:<15}{more}",
            &**group,
            &*m.member_id,
            &*m.host,
            &*m.client_id,
            m.assignment.len(),
        ));
    }
}

fn assignment(member: &GroupMember) -> String {
    let mut topics: BTreeMap<&Str, Vec<i32>> = BTreeMap::new();
    for name in &member.assignment {
        topics.entry(&name.topic).or_default().push(name.partition);
    }
    let texts = topics.iter().map(|(topic, indexes)| format!("{topic}:{}", crate::render::joined(indexes)));
    let text = texts.collect::<Vec<_>>().join(";");
    if text.is_empty() { "-".into() } else { text }
}

fn print_state(group: &Str, all: &GroupLag) {
    let coordinator = all.description.coordinator.as_ref();
    let coordinator = coordinator.map_or("-".into(), |c| format!("{}:{}  ({})", c.host, c.port, c.id));
    let strategy = &*all.description.protocol;
    let group_width = width([&**group].into_iter());
    print_line("");
    print_line(&format!(
        "{:<group_width$} {:<25} {:<20} {:<20} {}",
        "GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"
    ));
    print_line(&format!(
        "{:<group_width$} {coordinator:<25} {:<20} {:<20} {}",
        &**group,
        if strategy.is_empty() { "-" } else { strategy },
        &*all.description.state,
        all.description.members.len(),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: durations are read as Java writes them.
    #[test]
    fn durations_are_iso_8601() {
        assert_eq!(parse_duration("P1DT2H3M4S"), Ok(93_784_000));
        for wrong in ["", "P", "1H", "PT", "P1H", "PT5", "P-1D"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    /// Goal: what `--export` writes, `--from-file` reads.
    #[test]
    fn exported_offsets_can_be_read() {
        let read = parse_csv("\"t\",0,17\n\nu,1,18\n").unwrap();
        let at = |topic: &str, partition| TopicPartition { topic: topic.into(), partition };
        assert_eq!(read, [(at("t", 0), 17), (at("u", 1), 18)].into());
        assert!(parse_csv("t,0").is_err());
    }
}
