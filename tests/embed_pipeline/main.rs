//! The embedding pipeline with a made-up encoder and made-up tracks: what is in the table, and that nothing
//! that may happen to a run changes a byte of it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bench::{Bench, DIM, FRAME_DIM, HOP, RATE_HZ, SEGMENT, embedding_of, z_of};
use pecmae::audio::{Segment, WavFormat, Waveform, write_wav};
use pecmae::embeddings::{
    FramePlace, MergeSummary, SegmentPlace, Shard, Table, TableError, read_metadata,
};
use pecmae::files::{AtomicFile, sha256_of_file};
use pecmae::job::CancelToken;
use pecmae::studio::embed::{EmbedError, Event};
use proptest::prelude::*;

fn merge(inputs: &[PathBuf], output: &Path) -> Result<MergeSummary, TableError> {
    pecmae::embeddings::merge(inputs, output, &CancelToken::new())
}

/// Bytes of a journal before its records.
const MAGIC: usize = 8;

/// So many random cases, and no file of failures among the sources.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn a_row_says_where_its_z_is_from() {
    let bench = Bench::new(&[("rock/a.wav", 2 * SEGMENT + 30), ("b.wav", SEGMENT)]);
    let summary = bench.embed().unwrap();
    assert_eq!((summary.n_tracks, summary.n_rows, summary.skipped.len()), (2, 4, 0));

    let table = Table::<SegmentPlace>::open(&bench.table()).unwrap();
    assert_eq!((table.n_rows(), table.metadata().model.as_str()), (4, "fake"));
    assert_eq!(table.metadata().settings.tail, "published");
    let rows: Vec<_> = table.rows().unwrap().map(Result::unwrap).collect();
    let seconds = |samples: usize| samples as f64 / f64::from(RATE_HZ);
    let wanted = [
        ("b.wav", 0, SEGMENT),
        ("rock/a.wav", 0, SEGMENT),
        ("rock/a.wav", 1, SEGMENT),
        ("rock/a.wav", 2, 30),
    ];
    for (row, (id, segment, true_samples)) in rows.iter().zip(wanted) {
        let path = bench.source().join(id);
        assert_eq!((row.track.id.as_str(), row.place.segment as usize), (id, segment));
        assert_eq!(row.track.path, path.to_str().unwrap());
        assert_eq!(row.track.content, sha256_of_file(&path).unwrap());
        assert_eq!(row.track.label.as_deref(), id.starts_with("rock").then_some("rock"));
        assert_eq!(row.place.start_s, seconds(segment * SEGMENT));
        assert_eq!(row.place.end_s, seconds(segment * SEGMENT + true_samples));
        assert_eq!(row.place.true_length_s, seconds(true_samples));
        assert_eq!(row.vector, z_of(&bench.segments_of(id)[segment]));
    }
    let loaded = table.load().unwrap();
    assert_eq!(
        (loaded.dim, loaded.tracks.len(), &loaded.track_of_row[..]),
        (DIM, 2, &[0, 1, 1, 1][..])
    );
    assert_eq!(loaded.vectors, rows.iter().flat_map(|row| row.vector.clone()).collect::<Vec<_>>());
    assert_eq!(bench.litter(), ["table.parquet"]);
}

#[test]
fn frames_past_the_audio_are_not_kept() {
    let bench = Bench::new(&[("a.wav", SEGMENT + 3 * HOP + 1)]).with_frames(Some(5));
    bench.embed().unwrap();
    let table = Table::<FramePlace>::open(&bench.frames()).unwrap();
    assert_eq!(table.metadata().settings.frames.as_ref().unwrap().layer, Some(5));
    let rows: Vec<_> = table.rows().unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), SEGMENT / HOP + 3);
    let segments = bench.segments_of("a.wav");
    for (i, row) in rows.iter().enumerate() {
        let (segment, frame) = (i / (SEGMENT / HOP), i % (SEGMENT / HOP));
        assert_eq!((row.place.segment as usize, row.place.frame as usize), (segment, frame));
        assert_eq!(row.place.time_s, (i * HOP) as f64 / f64::from(RATE_HZ));
        assert_eq!(row.vector, embedding_of(&segments[segment], frame, Some(5)));
        assert_eq!(row.vector.len(), FRAME_DIM);
    }
}

#[test]
fn real_audio_files_are_heard() {
    let bench = Bench::new(&[]);
    let samples: Vec<f32> =
        (0..SEGMENT + SEGMENT / 2).map(|i| (i as f32 / 9.0).cos() / 2.0).collect();
    let sound = Waveform { samples: samples.clone(), sample_rate_hz: RATE_HZ };
    let path = bench.source().join("jazz/a.wav");
    fs::create_dir(path.parent().unwrap()).unwrap();
    write_wav(&path, &sound, WavFormat::Float32).unwrap();
    bench.write_bytes("text.wav", b"hello");
    let summary = bench.embed_audio().unwrap();
    assert_eq!((summary.n_tracks, summary.n_rows, summary.skipped.len()), (1, 2, 1));
    assert!(summary.skipped[0].reason.starts_with("not an audio file of a known kind"));
    for (row, samples) in bench.rows().map(Result::unwrap).zip(samples.chunks(SEGMENT)) {
        let true_samples = samples.len();
        let mut samples = samples.to_vec();
        samples.resize(SEGMENT, 0.0);
        let start_sample = u64::from(row.place.segment) * SEGMENT as u64;
        let segment =
            Segment { index: 0, start_sample, samples, true_samples, visible_samples: SEGMENT };
        assert_eq!(row.vector, z_of(&segment));
        assert_eq!(row.place.true_length_s, true_samples as f64 / f64::from(RATE_HZ));
    }
}

#[test]
fn a_track_of_many_rows_and_row_groups_is_kept_whole() {
    let bench = Bench::new(&[("a.wav", 7), ("b.wav", 2500 * SEGMENT), ("c.wav", 2 * SEGMENT)]);
    let bench = bench.with_frames(None);
    bench.embed().unwrap();
    let frames = Table::<FramePlace>::open(&bench.frames()).unwrap();
    assert_eq!(frames.n_rows(), 1 + 2502 * SEGMENT / HOP);
    let wanted = bench.segments_of("b.wav");
    let rows: Vec<_> =
        bench.rows().map(Result::unwrap).filter(|row| row.track.id == "b.wav").collect();
    assert_eq!(rows.len(), wanted.len());
    assert!(rows.iter().zip(&wanted).all(|(row, segment)| row.vector == z_of(segment)));
    assert!(rows.iter().all(|row| Arc::ptr_eq(&row.track, &rows[0].track)));

    bench.write("c.wav", 2 * SEGMENT, "other");
    bench.forget_count();
    bench.embed().unwrap();
    assert_eq!(bench.n_computed(), 2);
    assert_eq!(bench.tables(), bench.tables_of_a_fresh_run());
    let again = bench.folder().join("again.parquet");
    let copy = bench.folder().join("copy.parquet");
    fs::copy(bench.frames(), &copy).unwrap();
    merge(&[bench.frames(), copy], &again).unwrap();
    assert_eq!(fs::read(again).unwrap(), fs::read(bench.frames()).unwrap());
}

#[test]
fn what_a_killed_run_left_half_written_is_removed() {
    let bench = Bench::library().with_frames(None);
    for path in [bench.table(), bench.frames()] {
        std::mem::forget(AtomicFile::create(&path).unwrap());
    }
    bench.embed().unwrap();
    assert_eq!(bench.litter(), ["table.frames.parquet", "table.parquet"]);
}

#[test]
fn a_second_run_computes_nothing_and_changes_nothing() {
    let bench = Bench::library().with_frames(None);
    bench.embed().unwrap();
    let (table, frames) = (fs::read(bench.table()).unwrap(), fs::read(bench.frames()).unwrap());
    bench.forget_count();
    let summary = bench.embed().unwrap();
    assert_eq!((bench.n_computed(), summary.n_reused), (0, Bench::library().n_tracks()));
    assert_eq!(fs::read(bench.table()).unwrap(), table);
    assert_eq!(fs::read(bench.frames()).unwrap(), frames);
}

#[test]
fn only_what_changed_is_computed_again() {
    let bench = Bench::library().with_frames(None);
    bench.embed().unwrap();
    bench.write("jazz/c.wav", 2 * SEGMENT, "other");
    bench.write("added.wav", SEGMENT, "");
    fs::remove_file(bench.source().join("rock/a.wav")).unwrap();
    bench.forget_count();
    let mut n_vanished_told = 0;
    let mut tell = |event| {
        if let Event::Start { n_vanished, .. } = event {
            n_vanished_told = n_vanished;
        }
    };
    let summary = bench.embed_telling(&mut tell, &CancelToken::new()).unwrap();
    assert_eq!((bench.n_computed(), summary.n_vanished, n_vanished_told), (3, 1, 1));
    assert_eq!(bench.tables(), bench.tables_of_a_fresh_run());
}

#[test]
fn new_labels_need_no_computing() {
    let bench = Bench::new(&[("a.wav", SEGMENT), ("b.wav", SEGMENT)]);
    let list = bench.source().join("list.csv");
    let bench = bench.with_source(&list);
    fs::write(&list, "path,label\na.wav,rock\nb.wav,\n").unwrap();
    bench.embed().unwrap();
    fs::write(&list, "path,label\na.wav,jazz\nb.wav,rock\n").unwrap();
    bench.forget_count();
    bench.embed().unwrap();
    assert_eq!(bench.n_computed(), 0);
    let labels: Vec<_> =
        bench.rows().map(|row| row.unwrap().track.label.clone().unwrap()).collect();
    assert_eq!(labels, ["jazz", "rock"]);
}

#[test]
fn a_cancelled_run_goes_on_where_it_stopped() {
    let bench = Bench::library().with_frames(None);
    let wanted = bench.tables_of_a_fresh_run();
    let stopped = bench.embed_until_n_done(2);
    assert!(matches!(stopped, EmbedError::Cancelled { n_done: 2, .. }), "{stopped}");
    assert!(stopped.to_string().ends_with("the same command goes on from there"));
    assert!(!bench.table().exists() && !bench.frames().exists());
    bench.forget_count();
    let summary = bench.embed().unwrap();
    assert_eq!(summary.n_reused, 2);
    assert_eq!(bench.tables(), wanted);
    assert_eq!(bench.litter(), ["table.frames.parquet", "table.parquet"]);
}

/// Journal bytes of a run over [`Bench::library`] that was stopped after its last track, and for each track
/// record where it ends and how many segments its track has.
fn full_journal(bench: &Bench) -> (Vec<u8>, Vec<(usize, usize)>, Vec<usize>) {
    bench.embed_until_n_done(bench.n_tracks());
    let journal = fs::read(bench.journal()).unwrap();
    let (mut at, mut n_segments, mut tracks, mut boundaries) =
        (MAGIC, 0, Vec::new(), vec![0, MAGIC]);
    while at < journal.len() {
        let n_bytes = u32::from_le_bytes(journal[at..at + 4].try_into().unwrap()) as usize;
        let kind = journal[at + 8];
        at += 8 + n_bytes;
        boundaries.push(at);
        n_segments += usize::from(kind == 3);
        if kind == 4 {
            tracks.push((at, std::mem::take(&mut n_segments)));
        }
    }
    assert_eq!((at, tracks.len()), (journal.len(), bench.n_tracks()));
    (journal, tracks, boundaries)
}

#[test]
fn a_journal_cut_anywhere_leads_to_the_same_tables() {
    let bench = Bench::library().with_frames(None);
    let wanted = bench.tables_of_a_fresh_run();
    let (journal, tracks, boundaries) = full_journal(&bench);
    let n_segments: usize = tracks.iter().map(|(_, n)| n).sum();
    let resume = |length: usize| {
        fs::write(bench.journal(), &journal[..length]).unwrap();
        bench.remove_tables();
        bench.forget_count();
        bench.embed().unwrap();
        let finished: usize = tracks.iter().filter(|(end, _)| *end <= length).map(|(_, n)| n).sum();
        assert_eq!(bench.n_computed(), n_segments - finished, "cut at {length}");
        assert_eq!(bench.tables(), wanted, "cut at {length}");
    };
    for boundary in boundaries {
        for length in [boundary.saturating_sub(1), boundary, boundary + 1, boundary + 8] {
            resume(length.min(journal.len()));
        }
    }
    proptest!(cases(60), |(length in 0..=journal.len())| resume(length));
}

#[test]
fn a_journal_with_a_flipped_byte_leads_to_the_same_tables() {
    let bench = Bench::library().with_frames(None);
    let wanted = bench.tables_of_a_fresh_run();
    let (journal, _, boundaries) = full_journal(&bench);
    let after_header = boundaries[2];
    proptest!(cases(60), |(at in MAGIC..journal.len(), flip in 1u8..)| {
        let mut damaged = journal.clone();
        damaged[at] ^= flip;
        fs::write(bench.journal(), damaged).unwrap();
        bench.remove_tables();
        match bench.embed() {
            Ok(_) => prop_assert_eq!(bench.tables(), wanted.clone()),
            Err(error) => {
                prop_assert!(at < after_header, "{}", error);
                prop_assert!(error.to_string().contains("--restart"), "{}", error);
            }
        }
    });
}

#[test]
fn one_damaged_record_costs_one_track() {
    let bench = Bench::library();
    let wanted = bench.tables_of_a_fresh_run();
    let (mut journal, tracks, _) = full_journal(&bench);
    let (end_of_first, n_of_second) = (tracks[0].0, tracks[1].1);
    journal[end_of_first + 20] ^= 1;
    fs::write(bench.journal(), journal).unwrap();
    bench.forget_count();
    let mut recovery = None;
    let mut tell = |event| {
        if let Event::Start { recovery: told, .. } = event {
            recovery = Some(told);
        }
    };
    bench.embed_telling(&mut tell, &CancelToken::new()).unwrap();
    let recovery = recovery.unwrap();
    assert_eq!((recovery.n_tracks, recovery.n_damaged), (bench.n_tracks() - 1, 1));
    assert_eq!(bench.n_computed(), n_of_second);
    assert_eq!(bench.tables(), wanted);
}

#[test]
fn a_tail_of_zeros_as_a_power_cut_leaves_it_is_cut_off() {
    let bench = Bench::library();
    let wanted = bench.tables_of_a_fresh_run();
    let (mut journal, tracks, _) = full_journal(&bench);
    journal[tracks[1].0..].fill(0);
    fs::write(bench.journal(), journal).unwrap();
    assert_eq!(bench.embed().unwrap().n_reused, 2);
    assert_eq!(bench.tables(), wanted);
}

#[test]
fn a_file_that_changes_between_runs_is_not_taken_from_the_journal() {
    let bench = Bench::library();
    full_journal(&bench);
    bench.write("jazz/c.wav", 3 * SEGMENT, "other");
    bench.forget_count();
    bench.embed().unwrap();
    assert_eq!(bench.n_computed(), 3);
    assert_eq!(bench.tables(), bench.tables_of_a_fresh_run());
}

#[test]
fn other_settings_are_refused_with_both_fingerprints() {
    let bench = Bench::library();
    let ours =
        |bench: &Bench| read_metadata(&bench.table()).unwrap().0.settings.fingerprint().to_string();
    bench.embed_until_n_done(1);
    let begun = fs::read(bench.journal()).unwrap();
    let other = Bench::library().with_precision("bf16");
    other.embed().unwrap();

    // The journal.
    let bench = bench.with_precision("bf16");
    let error = bench.embed().unwrap_err().to_string();
    assert_eq!(fs::read(bench.journal()).unwrap(), begun);
    assert!(error.contains("precision bf16 ≠ f32"), "{error}");
    let bench = bench.with_precision("f32");
    bench.embed().unwrap();
    for fingerprint in [ours(&bench), ours(&other)] {
        assert!(error.contains(&fingerprint), "{error}");
    }

    // The table.
    let bench = bench.with_precision("bf16");
    let before = fs::read(bench.table()).unwrap();
    let error = bench.embed().unwrap_err().to_string();
    for fingerprint in [ours(&bench), ours(&other), "--restart".to_owned()] {
        assert!(error.contains(&fingerprint), "{error}");
    }
    assert_eq!(fs::read(bench.table()).unwrap(), before);
    assert_eq!(bench.litter(), ["table.parquet"]);

    // The merge.
    let inputs = [bench.table(), other.table()];
    let error = merge(&inputs, &bench.folder().join("merged.parquet")).unwrap_err().to_string();
    for fingerprint in [ours(&bench), ours(&other)] {
        assert!(error.contains(&fingerprint), "{error}");
    }

    // A restart replaces the table.
    let bench = bench.with_restart();
    bench.embed().unwrap();
    assert_eq!(ours(&bench), ours(&other));
}

#[test]
fn a_table_without_frames_is_computed_again_for_its_frames() {
    let bench = Bench::library();
    bench.embed().unwrap();
    let bench = bench.with_frames(None);
    let wanted = bench.tables_of_a_fresh_run();
    bench.forget_count();
    assert_eq!(bench.embed().unwrap().n_reused, 0);
    assert_eq!(bench.tables(), wanted);
    assert_eq!(bench.embed().unwrap().n_reused, bench.n_tracks());
    let error = bench.with_frames(Some(1)).embed().unwrap_err().to_string();
    assert!(error.contains("layer:1") && error.contains("layer:null"), "{error}");
}

#[test]
fn a_layer_that_is_not_there_is_refused_before_anything_is_written() {
    let bench = Bench::library().with_frames(Some(99));
    assert_eq!(bench.embed().unwrap_err().to_string(), "the model cannot embed (no layer 99)");
    assert!(bench.litter().is_empty());
}

#[test]
fn two_runs_on_one_table_do_not_mix() {
    let bench = Bench::library();
    let mut refused = None;
    let mut tell = |event| {
        if matches!(event, Event::TrackDone { .. }) {
            refused = Some(bench.embed().unwrap_err().to_string());
        }
    };
    bench.embed_telling(&mut tell, &CancelToken::new()).unwrap();
    assert!(refused.unwrap().starts_with("another run is writing this table"));
    assert_eq!(bench.tables(), bench.tables_of_a_fresh_run());
}

#[test]
fn another_source_does_not_empty_a_table() {
    let bench = Bench::new(&[("a.wav", SEGMENT)]);
    bench.embed().unwrap();
    let before = fs::read(bench.table()).unwrap();
    fs::rename(bench.source().join("a.wav"), bench.source().join("b.wav")).unwrap();
    let error = bench.embed().unwrap_err().to_string();
    assert!(error.starts_with("none of the table's 1 tracks is in"), "{error}");
    assert_eq!(fs::read(bench.table()).unwrap(), before);
    assert_eq!(bench.litter(), ["table.parquet"]);
}

#[test]
fn what_cannot_be_used_is_told_and_does_not_end_the_run() {
    let bench = Bench::library();
    let wanted = bench.tables_of_a_fresh_run();
    bench.write_bytes("broken.wav", b"unopenable");
    bench.write_bytes("rock/cut.wav", &[b"torn".as_slice(), &[7; 5 * SEGMENT]].concat());
    bench.write_bytes("empty.wav", b"");
    bench.write_bytes("nan.wav", &[b"endless".as_slice(), &[7; 3 * SEGMENT]].concat());
    let mut told = Vec::new();
    let mut tell = |event| {
        if let Event::Skipped(skipped) = event {
            told.push(skipped);
        }
    };
    let summary = bench.embed_telling(&mut tell, &CancelToken::new()).unwrap();
    told.sort();
    assert_eq!(told, summary.skipped);
    assert_eq!(bench.tables(), wanted);
    let report = fs::read_to_string(bench.report()).unwrap();
    let source = bench.source().to_str().unwrap().to_owned();
    let wanted = format!(
        "path,reason\n\
         {source}/broken.wav,not a sound\n\
         {source}/empty.wav,it holds no audio\n\
         {source}/nan.wav,the model's answer to the segment at 0 s is not finite\n\
         {source}/rock/cut.wav,cut off\n"
    );
    assert_eq!(report, wanted);

    for file in ["broken.wav", "rock/cut.wav", "empty.wav", "nan.wav"] {
        fs::remove_file(bench.source().join(file)).unwrap();
    }
    bench.embed().unwrap();
    assert!(!bench.report().exists());
}

#[test]
fn nothing_usable_is_an_error_and_leaves_no_table() {
    let bench = Bench::new(&[]);
    bench.write_bytes("broken.wav", b"unopenable");
    let error = bench.embed().unwrap_err().to_string();
    assert!(error.starts_with("no audio file can be used (1 tried, listed in "), "{error}");
    assert_eq!(bench.litter(), ["table.parquet.skipped.csv"]);
}

#[test]
fn batches_threads_and_queues_change_no_byte() {
    let bench = Bench::library().with_frames(None);
    let wanted = bench.tables_of_a_fresh_run();
    proptest!(cases(40), |(n_batch in 1usize..9, n_decoders in 1usize..5, n_queue in 1usize..9)| {
        let bench = bench.clone().with_counts(n_batch, n_decoders, n_queue);
        bench.remove_tables();
        bench.embed().unwrap();
        prop_assert_eq!(bench.tables(), wanted.clone());
    });
}

#[test]
fn merged_shards_are_the_table_of_a_single_run() {
    let bench = Bench::library().with_frames(None);
    let wanted = bench.tables_of_a_fresh_run();
    proptest!(cases(24), |(count in 1u32..9, turn in 0usize..9)| {
        let (mut tables, mut frames) = (Vec::new(), Vec::new());
        for index in 1..=count {
            let shard: Shard = format!("{index}/{count}").parse().unwrap();
            let part = bench.clone().with_shard(shard, &format!("{index}-of-{count}"));
            part.remove_tables();
            part.embed().unwrap();
            prop_assert_eq!(read_metadata(&part.table()).unwrap().0.shard, Some(shard));
            tables.push(part.table());
            frames.push(part.frames());
        }
        tables.rotate_left(turn % count as usize);
        let whole = merge(&tables, &bench.table()).unwrap();
        merge(&frames, &bench.frames()).unwrap();
        prop_assert_eq!((whole.n_tracks, whole.missing.len()), (bench.n_tracks(), 0));
        prop_assert_eq!(bench.tables(), wanted.clone());
        if count > 1 {
            let part = merge(&tables[1..], &bench.folder().join("part.parquet")).unwrap();
            prop_assert_eq!(Some(part.missing), read_metadata(&tables[0]).unwrap().0.shard.map(|s| vec![s]));
        }
    });
}

#[test]
fn another_shard_is_refused() {
    let bench = Bench::library();
    let first = bench.clone().with_shard("1/2".parse().unwrap(), "shard");
    let second = bench.with_shard("2/2".parse().unwrap(), "shard");
    first.embed().unwrap();
    let error = second.embed().unwrap_err().to_string();
    assert!(error.contains("shard 2/2 ≠ 1/2"), "{error}");
}

#[test]
fn equal_tracks_of_two_tables_collapse_and_others_conflict() {
    let bench = Bench::library();
    bench.embed().unwrap();
    let whole = fs::read(bench.table()).unwrap();
    let again = bench.folder().join("again.parquet");
    fs::copy(bench.table(), &again).unwrap();
    let merged = bench.folder().join("merged.parquet");
    merge(&[bench.table(), again.clone()], &merged).unwrap();
    assert_eq!(fs::read(&merged).unwrap(), whole);

    bench.write("jazz/c.wav", SEGMENT, "other");
    bench.embed().unwrap();
    let error = merge(&[bench.table(), again], &merged).unwrap_err();
    assert!(
        error.to_string().starts_with("track jazz/c.wav differs between two tables (content)"),
        "{error}"
    );
    assert_eq!(fs::read(&merged).unwrap(), whole);
    assert!(matches!(merge(&[], &merged), Err(TableError::NoInput)));
}

#[test]
fn a_shard_that_comes_twice_is_refused_and_a_merge_can_be_cancelled() {
    let bench = Bench::library();
    let parts: Vec<_> = ["1/2", "2/2"]
        .map(|shard| {
            let part =
                bench.clone().with_shard(shard.parse().unwrap(), &shard.replace('/', "-of-"));
            part.embed().unwrap();
            part.table()
        })
        .into();
    let merged = bench.folder().join("merged.parquet");
    let copy = bench.folder().join("copy.parquet");
    fs::copy(&parts[0], &copy).unwrap();
    let error = merge(&[parts[0].clone(), parts[1].clone(), copy.clone()], &merged).unwrap_err();
    let (first, copy) = (parts[0].display(), copy.display());
    let wanted = format!("shard 1/2 is given twice, leave one of them out: {first} and {copy}");
    assert_eq!(error.to_string(), wanted);
    bench.embed().unwrap();
    let around = bench.folder().join("source/../table.parquet");
    let error = merge(&[bench.table(), around], &merged).unwrap_err();
    assert!(error.to_string().starts_with("one table is given twice"), "{error}");

    let (token, litter) = (CancelToken::new(), bench.litter());
    token.cancel();
    let error = pecmae::embeddings::merge(&parts, &merged, &token).unwrap_err();
    assert!(matches!(error, TableError::Cancelled { n_tracks: 0 }), "{error}");
    assert_eq!(bench.litter(), litter);
}

#[test]
fn what_is_no_table_is_said_in_one_sentence() {
    let bench = Bench::library().with_frames(None);
    bench.embed().unwrap();
    let table = fs::read(bench.table()).unwrap();
    let file = bench.folder().join("x.parquet");
    let open = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        Table::<SegmentPlace>::open(&file).unwrap_err().to_string()
    };
    for bytes in [&b""[..], b"text", &table[..table.len() / 2], &table[..table.len() - 1]] {
        let error = open(bytes);
        assert!(error.starts_with("not a table of embeddings, or a damaged one"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let frames = open(&fs::read(bench.frames()).unwrap());
    assert!(frames.starts_with("a table of frames, expected one of segments"), "{frames}");
    let missing = Table::<SegmentPlace>::open(&bench.folder().join("none.parquet")).unwrap_err();
    assert!(missing.to_string().starts_with("cannot read the table"), "{missing}");
}

#[test]
fn any_damaged_byte_of_a_table_is_noticed() {
    let bench = Bench::library();
    bench.embed().unwrap();
    let table = fs::read(bench.table()).unwrap();
    let file = bench.folder().join("x.parquet");
    proptest!(cases(2000), |(at in 0..table.len(), flip in 1u8..)| {
        let mut damaged = table.clone();
        damaged[at] ^= flip;
        fs::write(&file, damaged).unwrap();
        let error = Table::<SegmentPlace>::open(&file).and_then(|table| table.load()).unwrap_err();
        prop_assert!(error.to_string().starts_with("not a table of embeddings, or a damaged one"), "{}", error);
    });
}

#[test]
fn a_foreign_file_in_the_journals_place_is_left_alone() {
    let bench = Bench::library().with_restart();
    fs::write(bench.journal(), "my diary").unwrap();
    let error = bench.embed().unwrap_err().to_string();
    assert!(error.starts_with("not a journal of embeddings"), "{error}");
    assert_eq!(fs::read_to_string(bench.journal()).unwrap(), "my diary");
}

#[test]
fn an_output_that_is_no_table_is_refused() {
    let bench = Bench::library();
    let bench = bench.with_table("rock/a.wav");
    let error = bench.embed().unwrap_err().to_string();
    assert!(error.starts_with("the name of a table ends in .parquet"), "{error}");
}
