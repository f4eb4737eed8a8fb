//! What each layout of a data set is read as.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use pecmae::dataset::{Dataset, Layout, ReadOptions, TrackEntry, read};

fn folder_with(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|file| write(folder.path(), file, ""));
    folder
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn as_found(source: &Path) -> Dataset {
    read(source, &ReadOptions::default()).unwrap()
}

/// `id label split group` of each track.
fn lines(dataset: &Dataset) -> Vec<String> {
    let line = |track: &TrackEntry| {
        let labels: Vec<_> =
            track.labels.iter().map(|i| dataset.labels[*i as usize].as_str()).collect();
        let split = track.split.map_or("-".to_owned(), |split| split.to_string());
        format!(
            "{} {} {split} {}",
            track.id,
            labels.join("+"),
            track.group.as_deref().unwrap_or("-")
        )
    };
    dataset.tracks.iter().map(line).collect()
}

fn reasons(dataset: &Dataset) -> Vec<String> {
    let line = |line: Option<u64>| line.map_or_else(String::new, |line| format!("{line}: "));
    dataset.problems.iter().map(|p| format!("{}{}", line(p.line), p.reason)).collect()
}

#[test]
fn class_folders_may_be_deep_and_lie_in_a_lone_folder() {
    let folder = folder_with(&[
        "data/rock/b.WAV",
        "data/rock/live/x/a.flac",
        "data/jazz/b.mp3",
        "data/info.txt",
    ]);
    let dataset = as_found(folder.path());
    assert_eq!(dataset.layout, Layout::ClassFolders);
    assert_eq!(dataset.labels, ["jazz", "rock"]);
    let wanted = [
        "data/jazz/b.mp3 jazz - -",
        "data/rock/b.WAV rock - -",
        "data/rock/live/x/a.flac rock - -",
    ];
    assert_eq!(lines(&dataset), wanted);
    assert_eq!(dataset.ignored.len(), 1);
    let by = ReadOptions { group_by: Some("folder".parse().unwrap()), ..ReadOptions::default() };
    let grouped = read(folder.path(), &by).unwrap();
    assert_eq!(grouped.grouped_by.as_deref(), Some("folder"));
    assert_eq!(grouped.tracks[2].group.as_deref(), Some("data/rock/live/x"));
}

#[test]
fn split_folders_are_never_classes_wherever_they_are() {
    let outside =
        folder_with(&["train/rock/a.wav", "Valid/rock/b.wav", "eval/jazz/c.wav", "train/d.wav"]);
    let dataset = as_found(outside.path());
    assert_eq!(dataset.layout, Layout::SplitFolders);
    assert_eq!(
        lines(&dataset),
        [
            "Valid/rock/b.wav rock validation -",
            "eval/jazz/c.wav jazz test -",
            "train/rock/a.wav rock train -"
        ]
    );
    let stray = "lies directly in the split folder \"train\"; move it into a class folder there";
    assert_eq!(reasons(&dataset), [stray]);

    let inside = folder_with(&["rock/training/a.wav", "rock/dev/b.wav", "jazz/test/c.wav"]);
    let dataset = as_found(inside.path());
    assert_eq!(dataset.labels, ["jazz", "rock"]);
    assert_eq!(dataset.given_splits().len(), 3);
    let wrapped = folder_with(&["d/train/rock/a.wav", "d/test/jazz/c.wav"]);
    assert_eq!(as_found(wrapped.path()).labels, ["jazz", "rock"]);
}

#[test]
fn a_folder_named_train_among_classes_is_warned_of_and_can_be_claimed_as_a_class() {
    let folder = folder_with(&["rock/a.wav", "train/rock/b.wav", "train/c.wav"]);
    let dataset = as_found(folder.path());
    assert_eq!(lines(&dataset), ["rock/a.wav rock - -", "train/rock/b.wav rock train -"]);
    assert_eq!((dataset.problems.len(), dataset.warnings.len()), (1, 1));
    let demanded = ReadOptions { layout: Some(Layout::ClassFolders), ..ReadOptions::default() };
    let dataset = read(folder.path(), &demanded).unwrap();
    assert_eq!(dataset.labels, ["rock", "train"]);
    assert_eq!((dataset.tracks.len(), dataset.warnings.len()), (3, 0));
}

#[test]
fn a_list_gives_labels_splits_groups_and_parts() {
    let folder = folder_with(&["x/a.wav", "x/b.wav"]);
    let text = "File;Instrument;Subset;Artist;Start;End\r\n\
        x\\a.wav;piano|flute;train;Bach;0;4.5\r\nx/a.wav;piano;dev;Bach;4.5;9\r\n./x/b.wav;flute;holdout;;;\r\n\
        x/c.wav;flute;test;;;\r\nx/b.wav;;test;;;\r\nx/b.wav;piano;test;;9;1\r\nx/b.wav;piano;test;;;\r\n";
    write(folder.path(), "list.csv", text);
    let dataset = as_found(&folder.path().join("list.csv"));
    assert_eq!(
        lines(&dataset),
        ["x/a.wav flute+piano train Bach", "x/a.wav piano validation Bach", "x/b.wav piano test -"]
    );
    assert_eq!((dataset.tracks[1].start_s, dataset.tracks[1].end_s), (Some(4.5), Some(9.0)));
    assert!(dataset.multi_label && dataset.grouped_by.as_deref() == Some("Artist"));
    assert_eq!(
        reasons(&dataset),
        [
            "4: has the unknown split \"holdout\", expected train, validation or test; it is used in none",
            "5: names \"x/c.wav\", which is missing",
            "6: gives \"x/b.wav\" no class",
            "7: ends at 1 s, before it starts at 9 s",
        ]
    );
    assert_eq!(lines(&as_found(folder.path())), lines(&dataset)); // the folder with the list in it
}

#[test]
fn rows_that_contradict_each_other_are_both_left_out_and_repetitions_once() {
    let folder = folder_with(&["a.wav", "b.wav", "c.wav"]);
    let text = "path,label\na.wav,rock\nb.wav,rock\nb.wav,rock\na.wav,jazz\nc.wav,jazz\n";
    write(folder.path(), "list.csv", text);
    let dataset = as_found(&folder.path().join("list.csv"));
    assert_eq!(lines(&dataset), ["b.wav rock - -", "c.wav jazz - -"]);
    let said = "is listed as \"rock\" (list.csv, line 2) and as \"jazz\" (list.csv, line 5); leave one of them";
    assert_eq!(reasons(&dataset), [said]);
    assert_eq!(dataset.ignored[0].reason, "listed twice");
}

#[test]
fn lists_of_arrays_for_each_split_find_their_audio_by_the_stem() {
    let audio = folder_with(&[
        "genres/blues/blues.00008.wav",
        "genres/hiphop/hiphop.00000.wav",
        "genres/pop/pop.00009.wav",
    ]);
    let lists = tempfile::tempdir().unwrap();
    for (ends, name) in [("\r\n", "groundtruth"), ("\n", "list")] {
        let list = |split: &str, row: &str| {
            write(lists.path(), &format!("{name}_{split}.tsv"), &[row, ends].concat());
        };
        list("train", "hip\thiphop/hiphop.00000.npy");
        list("val", "blu\tblues/blues.00008.npy");
        list("test", &["rock\trock/blues.00008.npy", ends, "pop\tpop/pop.00009.npy"].concat());
        let options =
            ReadOptions { audio: Some(audio.path().to_owned()), ..ReadOptions::default() };
        let dataset = read(lists.path(), &options).unwrap();
        assert_eq!(dataset.layout, Layout::SplitLists);
        assert_eq!(
            lines(&dataset),
            [
                "genres/blues/blues.00008.wav blues validation -",
                "genres/hiphop/hiphop.00000.wav hiphop train -",
                "genres/pop/pop.00009.wav pop test -",
            ]
        );
        assert_eq!(reasons(&dataset), ["1: names \"rock/blues.00008.npy\", which is missing"]);
        fs::read_dir(lists.path())
            .unwrap()
            .for_each(|entry| fs::remove_file(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn a_stem_that_fits_two_files_is_a_problem_and_no_guess() {
    let folder = folder_with(&["a/01.wav", "b/01.wav", "b/02.flac"]);
    write(folder.path(), "list.tsv", "x\t01.npy\ny\tb/01.npy\nz\tfeatures/b/02.npy\n");
    let dataset = as_found(&folder.path().join("list.tsv"));
    assert_eq!(lines(&dataset), ["b/01.wav y - -", "b/02.flac z - -"]);
    assert_eq!(
        reasons(&dataset),
        ["1: names \"01.npy\", which may be a/01.wav or b/01.wav; write the whole path"]
    );
}

#[test]
fn hugging_face_metadata_counts_from_its_own_folder() {
    let folder = folder_with(&["train/audio/train_a.wav", "test/b.wav", "test/c.wav"]);
    let file = "{\"file_name\": \"audio/train_a.wav\", \"label\": [\"rock\", \"pop\"]}\n";
    write(folder.path(), "train/metadata.jsonl", file);
    write(folder.path(), "test/metadata.csv", "file_name,label\nb.wav,rock\n");
    let dataset = as_found(folder.path());
    assert_eq!(dataset.layout, Layout::HuggingFace);
    assert_eq!(
        lines(&dataset),
        ["test/b.wav rock test -", "train/audio/train_a.wav pop+rock train -"]
    );
    assert_eq!(dataset.ignored[0].reason, "no usable row of a list names it");
}

#[test]
fn gtzan_is_known_by_its_names_and_has_a_named_split() {
    let folder = folder_with(&[
        "genres/hip-hop/hiphop.00008.wav",
        "genres/jazz/jazz.00054.wav",
        "genres/jazz/jazz.00019.wav",
        "genres/jazz/jazz.00020.wav",
    ]);
    let dataset = as_found(folder.path());
    assert_eq!(
        (dataset.layout, &dataset.labels[..]),
        (Layout::Gtzan, &["hiphop".to_owned(), "jazz".to_owned()][..])
    );
    assert_eq!((dataset.tracks.len(), dataset.given_splits().len()), (4, 0));
    let filtered = ReadOptions { gtzan_filtered: true, ..ReadOptions::default() };
    assert_eq!(
        lines(&read(folder.path(), &filtered).unwrap()),
        [
            "genres/hip-hop/hiphop.00008.wav hiphop validation -",
            "genres/jazz/jazz.00019.wav jazz test -",
            "genres/jazz/jazz.00020.wav jazz train -",
        ]
    );
    let error = read(folder_with(&["a/b.wav"]).path(), &filtered).unwrap_err().to_string();
    assert!(
        error.starts_with("the split gtzan-filtered is for files named as in GTZAN"),
        "{error}"
    );
}

#[test]
fn medley_solos_db_takes_splits_from_names_and_songs_from_its_metadata() {
    let name =
        |split, instrument, uuid| format!("audio/Medley-solos-DB_{split}-{instrument}_{uuid}.wav");
    let (a, b) = (name("training", 4, "00-aa"), name("test", 0, "00-bb"));
    let folder = folder_with(&[&a, &b]);
    let dataset = as_found(folder.path());
    assert_eq!(dataset.layout, Layout::MedleySolosDb);
    assert_eq!(
        (&dataset.labels[..], dataset.warnings.len()),
        (&["clarinet".to_owned(), "piano".to_owned()][..], 1)
    );
    let text = "subset,instrument,instrument_id,song_id,uuid4\ntraining,grand piano,4,17,00-aa\n";
    write(folder.path(), "annotation/Medley-solos-DB_metadata.csv", text);
    let dataset = as_found(folder.path());
    assert_eq!(
        lines(&dataset),
        [format!("{b} clarinet test -"), format!("{a} grand piano train 17")]
    );
    assert_eq!(dataset.grouped_by.as_deref(), Some("song_id"));
    assert!(dataset.ignored.is_empty(), "{:?}", dataset.ignored);
}

#[test]
fn nsynth_takes_families_as_classes_and_instruments_as_groups() {
    let folder = folder_with(&[
        "nsynth-train/audio/bass_1.wav",
        "nsynth-valid/audio/organ_2.wav",
        "nsynth-valid/audio/x.wav",
    ]);
    let note = |family| {
        format!(
            "{{\"{family}_N\": {{\"instrument_family_str\": \"{family}\", \"instrument_str\": \"{family}_i\"}}}}"
        )
    };
    write(folder.path(), "nsynth-train/examples.json", &note("bass").replace("_N", "_1"));
    write(folder.path(), "nsynth-valid/examples.json", &note("organ").replace("_N", "_2"));
    let dataset = as_found(folder.path());
    assert_eq!(
        lines(&dataset),
        [
            "nsynth-train/audio/bass_1.wav bass train bass_i",
            "nsynth-valid/audio/organ_2.wav organ validation organ_i"
        ]
    );
    assert_eq!(reasons(&dataset), ["examples.json gives it no instrument_family_str"]);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_names_that_are_no_unicode_are_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder_with(&["rock/a.wav", "jazz/.hidden.wav", "jazz/é.wav"]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("rock/again")).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.wav");
    fs::write(folder.path().join("jazz").join(name), "").unwrap();
    let dataset = as_found(folder.path());
    assert_eq!(lines(&dataset), ["jazz/é.wav jazz - -", "rock/a.wav rock - -"]);
    let reasons = reasons(&dataset);
    assert_eq!(reasons[0], "its name is not valid Unicode; rename it");
    assert!(reasons[1].starts_with("cannot be looked at (File system loop"), "{reasons:?}");
    assert_eq!(dataset.ignored[0].reason, "hidden");
}

#[test]
fn audio_without_a_decoder_is_a_problem_not_just_ignored() {
    let folder = folder_with(&["rock/a.au", "rock/b.wav", "rock/c.WMA"]);
    let dataset = as_found(folder.path());
    assert_eq!((dataset.tracks.len(), dataset.ignored.len()), (1, 0));
    assert_eq!(reasons(&dataset), ["cannot be decoded here; convert it to FLAC or WAV"; 2]);
    let none = as_found(folder_with(&["rock/a.au"]).path());
    assert_eq!((none.tracks.len(), none.problems.len()), (0, 1));
}

#[test]
fn what_is_no_data_set_says_why() {
    let error = |source: &Path, layout| {
        read(source, &ReadOptions { layout, ..ReadOptions::default() }).unwrap_err().to_string()
    };
    let empty = folder_with(&["readme.txt"]);
    assert!(error(empty.path(), None).starts_with("no audio file in the folder (1 other files)"));
    assert!(error(&empty.path().join("nowhere"), None).starts_with("no such file or folder"));
    assert!(
        error(&empty.path().join("readme.txt"), None).starts_with("no column of the list names")
    );
    let folder = folder_with(&["rock/a.wav"]);
    assert!(
        error(&folder.path().join("rock/a.wav"), None).starts_with("a data set is a folder or")
    );
    for layout in [Layout::HuggingFace, Layout::List, Layout::SplitLists, Layout::Nsynth] {
        let error = error(folder.path(), Some(layout));
        assert!(error.starts_with(&format!("not to be read as {layout} (")), "{error}");
    }
    write(folder.path(), "list.csv", "path,mood\nrock/a.wav,happy\n");
    let said = error(&folder.path().join("list.csv"), None);
    assert!(
        said.starts_with("no column of the list names the classes") && said.contains("path, mood"),
        "{said}"
    );
    let by = ReadOptions { group_by: Some("artist".parse().unwrap()), ..ReadOptions::default() };
    let said = read(folder.path(), &by).unwrap_err().to_string();
    assert!(
        said.starts_with("there is no column \"artist\" to group by; the columns are none"),
        "{said}"
    );
}
