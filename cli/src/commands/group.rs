//! `klamm group`.

use clap::{Args, Subcommand};
use klamm_wire::Str;
use serde_json::{Value, json};

use crate::connection::{AdminSession, ClusterOptions, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::groups::{PartitionLag, ResetTo, lag, plan_reset, select_partitions};
use crate::render::{print_json, print_line, print_table};
use crate::when::parse_time;

/// Shows consumer groups with their lag, moves their offsets, deletes them.
#[derive(Debug, Args)]
pub struct Group {
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists groups with their state
    List,
    /// Describes a group: members, offsets, lag
    Describe {
        /// Name of the group
        group: String,
    },
    /// Moves the offsets of a group that has no members
    Reset {
        /// Name of the group
        group: String,
        /// Topic or topic:0,1,2; may be repeated. Without it, all partitions the group has offsets of
        #[arg(short = 'T', long = "topic", value_name = "TOPIC[:PARTITIONS]")]
        topics: Vec<String>,
        #[command(flatten)]
        to: To,
        /// Only show what would be done
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// Deletes groups that have no members
    Delete {
        /// Names of groups
        #[arg(required = true)]
        groups: Vec<String>,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// To the first record
    #[arg(long)]
    earliest: bool,
    /// To the end
    #[arg(long)]
    latest: bool,
    /// To this offset, or the nearest that exists
    #[arg(long, value_name = "OFFSET")]
    offset: Option<i64>,
    /// By so many records forward, or back if negative
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    shift: Option<i64>,
    /// To the first record at least as young: 2026-01-31T12:00:00Z, milliseconds, or an age like 2h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    time: Option<i64>,
}

impl To {
    fn resolve(&self) -> ResetTo {
        match (self.offset, self.shift, self.time) {
            (Some(offset), _, _) => ResetTo::Offset(offset),
            (_, Some(by), _) => ResetTo::Shift(by),
            (_, _, Some(ms)) => ResetTo::Timestamp(ms),
            _ if self.earliest => ResetTo::Earliest,
            _ => ResetTo::Latest,
        }
    }
}

impl Group {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let mut admin = AdminSession::open(&self.cluster)?;
        match self.action {
            Action::List => list(context, &mut admin),
            Action::Describe { group } => describe(context, &mut admin, &group.into()),
            Action::Reset { group, topics, to, dry_run } => {
                reset(context, &mut admin, &group.into(), &topics, &to.resolve(), dry_run)
            }
            Action::Delete { groups } => {
                let groups = groups.into_iter().map(Into::into).collect();
                delete(context, &mut admin, groups)
            }
        }
    }
}

fn list(context: &Context, admin: &mut AdminSession) -> Outcome {
    let groups = admin.list_groups()?;
    if context.is_json() {
        let entry = |group: &klamm_core::client::admin::GroupListing| {
            json!({
                "group": &*group.group_id,
                "state": &*group.state,
                "type": &*group.group_type,
                "protocol_type": &*group.protocol_type,
            })
        };
        print_json(&groups.values().map(entry).collect::<Value>());
        return Ok(());
    }
    let rows = groups
        .values()
        .map(|group| vec![group.group_id.to_string(), group.state.to_string(), group.group_type.to_string()]);
    print_table(context, &["GROUP", "STATE", "TYPE"], rows.collect());
    Ok(())
}

fn describe(context: &Context, admin: &mut AdminSession, group: &Str) -> Outcome {
    let all = lag(admin, group)?;
    if context.is_json() {
        let members = all.description.members.iter().map(|member| {
            json!({
                "member": &*member.member_id,
                "instance": member.instance_id.as_deref(),
                "client": &*member.client_id,
                "host": &*member.host,
                "partitions": member.assignment.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        });
        let partitions = all.partitions.iter().map(|p| {
            json!({
                "topic": &*p.partition.topic,
                "partition": p.partition.partition,
                "committed": p.committed,
                "end": p.end,
                "lag": p.lag(),
                "member": p.member.as_ref().map(|member| &*member.member_id),
            })
        });
        print_json(&json!({
            "group": &**group,
            "state": &*all.description.state,
            "strategy": &*all.description.protocol,
            "members": members.collect::<Value>(),
            "partitions": partitions.collect::<Value>(),
        }));
        return Ok(());
    }
    let strategy = &all.description.protocol;
    let strategy = if strategy.is_empty() { String::new() } else { format!("  strategy {strategy}") };
    let members = all.description.members.len();
    print_line(&format!("Group {group}  {}  {members} members{strategy}", all.description.state));
    let shown = |number: Option<i64>| number.map_or("-".into(), |number| number.to_string());
    let row = |p: &PartitionLag| {
        let member = p.member.as_ref();
        vec![
            p.partition.topic.to_string(),
            p.partition.partition.to_string(),
            shown(p.committed),
            shown(p.end),
            shown(p.lag()),
            member.map_or("-".into(), |member| member.member_id.to_string()),
            member.map_or("-".into(), |member| member.host.to_string()),
        ]
    };
    let headers = ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "HOST"];
    print_table(context, &headers, all.partitions.iter().map(row).collect());
    Ok(())
}

fn reset(
    context: &Context,
    admin: &mut AdminSession,
    group: &Str,
    topics: &[String],
    to: &ResetTo,
    dry_run: bool,
) -> Outcome {
    let selected = if topics.is_empty() {
        let (offsets, _) = split("", admin.group_offsets(group.clone())?, ToString::to_string);
        offsets.into_keys().collect()
    } else {
        select_partitions(admin, topics)?
    };
    if selected.is_empty() {
        let why = "it has no offsets";
        return Err(Failure::new(Exit::Failure, format!("nothing to move in group {group}"), why)
            .next("name the topics with --topic"));
    }
    let plan = plan_reset(admin, group, &selected, to)?;
    let mut failure = None;
    if !dry_run {
        let what = format!("cannot move the offsets of group {group}");
        let results = admin.alter_group_offsets(group.clone(), plan.clone())?;
        failure = split(&what, results, ToString::to_string).1;
    }
    if let Some(failure) = failure {
        return Err(failure.next("stop the members of the group first"));
    }
    if context.is_json() {
        let moved = plan.iter().map(
            |(name, offset)| json!({"topic": &*name.topic, "partition": name.partition, "offset": offset}),
        );
        print_json(&json!({"group": &**group, "moved": !dry_run, "offsets": moved.collect::<Value>()}));
    } else {
        let rows = plan.iter().map(|(name, offset)| {
            vec![name.topic.to_string(), name.partition.to_string(), offset.to_string()]
        });
        print_table(context, &["TOPIC", "PARTITION", "NEW-OFFSET"], rows.collect());
    }
    Ok(())
}

fn delete(context: &Context, admin: &mut AdminSession, groups: Vec<Str>) -> Outcome {
    let results = admin.delete_groups(groups)?;
    let (deleted, failure) = split("cannot delete all groups", results, Str::to_string);
    if context.is_json() {
        print_json(&json!({"deleted": deleted.keys().map(|name| &**name).collect::<Vec<_>>()}));
    } else {
        deleted.keys().for_each(|group| print_line(&format!("Deleted group {group}.")));
    }
    failure.map_or(Ok(()), Err)
}
