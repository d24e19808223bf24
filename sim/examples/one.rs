use klamm_sim::run::{Options, run};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let first: u64 = args[1].parse().unwrap();
    let count: u64 = args[2].parse().unwrap();
    let trace = args.get(3).map(|s| s.as_str()) == Some("trace");
    let flaw = args.get(3).and_then(|s| klamm_core::flaw::Flaw::from_slug(s));
    let t = std::time::Instant::now();
    let (mut ev, mut sim, mut fails) = (0, 0, 0);
    let mut cov = klamm_sim::coverage::Coverage::default();
    for seed in first..first + count {
        let o = run(
            seed,
            &Options {
                flaw,
                trace_lines: trace.then_some(2_000_000),
                without: args.iter().skip(4).cloned().collect(),
            },
        );
        if let Some(t) = &o.trace {
            print!("{}", t.render());
        }
        ev += o.events;
        sim += o.simulated.as_ms();
        cov.merge(&o.coverage);
        if let Some(f) = &o.failure {
            fails += 1;
            println!("seed {seed}: {f} [{} events]", o.events);
        } else if count <= 5 {
            println!("seed {seed}: ok {} events {} {:?} {}", o.events, o.simulated, o.records, o.digest);
        }
    }
    let s = t.elapsed().as_secs_f64();
    println!(
        "{fails} of {count} failed; {ev} events, {:.0}/s; {:.0} sim s/s; {s:.1}s",
        ev as f64 / s,
        sim as f64 / 1000.0 / s
    );
    if count > 50 {
        println!("never: {:?}", cov.never().map(|p| p.slug()).collect::<Vec<_>>());
    }
}
