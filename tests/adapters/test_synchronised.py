"""Folders that are kept in step with a provider are recognised by name and by mark, and others are left alone."""

from pathlib import Path

import pytest

from custody.adapters.synchronised import synchronised_by


def by(folder: Path, home: Path, **environment: str) -> str | None:
    return synchronised_by(folder, environment, home)


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("Dropbox/case", "Dropbox"),
        ("Dropbox (Help Desk)/deep/down/case", "Dropbox"),
        ("OneDrive/case", "OneDrive"),
        ("OneDrive - Help Desk/case", "OneDrive"),
        ("iCloudDrive/case", "iCloud Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs/case", "iCloud Drive"),
        ("Library/CloudStorage/Egnyte-x/case", "a cloud service"),
        ("Library/CloudStorage/GoogleDrive-jd@example.org/My Drive/case", "Google Drive"),
        ("Google Drive/case", "Google Drive"),
        ("Nextcloud/case", "Nextcloud"),
        ("Nextcloud2/case", "Nextcloud"),
        ("ownCloud/case", "ownCloud"),
        ("Sync/case", "Syncthing or Sync.com"),
        ("MEGA/case", "MEGA"),
        ("MEGAsync/case", "MEGA"),
        ("Box/case", "Box"),
        ("Box Sync/case", "Box"),
        ("pCloudDrive/case", "pCloud"),
        ("Proton Drive/case", "Proton Drive"),
        ("Seafile/library/case", "Seafile"),
        ("DROPBOX", "Dropbox"),
    ],
)
def test_a_synchronised_folder_is_known_by_its_name(tmp_path: Path, folder: str, service: str) -> None:
    assert by(tmp_path / folder, tmp_path) == service  # also before it exists
    (tmp_path / folder).mkdir(parents=True)
    assert by(tmp_path / folder, tmp_path) == service


@pytest.mark.parametrize(
    "folder", ["case", "work/Box/case", "work/Sync/case", "Dropbox-cases", "megaphone", "my drives", "Library/case"]
)
def test_other_folders_are_left_alone(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert by(tmp_path / folder, tmp_path) is None


@pytest.mark.parametrize(
    ("mark", "service"),
    [
        (".stfolder", "Syncthing"),
        (".dropbox.cache", "Dropbox"),
        (".owncloudsync.log", "ownCloud or Nextcloud"),
        (".sync_0a1b2c3d4e5f.db", "ownCloud or Nextcloud"),
        ("._sync_0a1b2c3d4e5f.db", "ownCloud or Nextcloud"),
        (".tmp.drivedownload", "Google Drive"),
        (".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"),
        (".seafile-data", "Seafile"),
    ],
)
def test_a_synchronised_folder_is_known_by_what_its_program_leaves_above(
    tmp_path: Path, mark: str, service: str
) -> None:
    case = tmp_path / "work" / "cases" / "one"
    case.mkdir(parents=True)
    assert by(case, tmp_path) is None
    (tmp_path / "work" / mark).mkdir()
    assert by(case, tmp_path) == service
    assert by(case / "not" / "there" / "yet", tmp_path) == service


def test_a_link_into_a_synchronised_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "Dropbox" / "case").mkdir(parents=True)
    (tmp_path / "case").symlink_to(tmp_path / "Dropbox" / "case")
    assert by(tmp_path / "case", tmp_path) == "Dropbox"


def test_windows_names_the_folder_of_onedrive_in_its_environment(tmp_path: Path) -> None:
    folder = tmp_path / "Documents" / "case"
    assert by(folder, tmp_path, OneDriveCommercial=str(tmp_path / "Documents")) == "OneDrive"
    assert by(folder, tmp_path, OneDriveCommercial=str(tmp_path / "Doc")) is None
    assert by(folder, tmp_path, OneDrive="") is None


def test_a_link_in_a_circle_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert by(tmp_path / "a" / "case", tmp_path) is None
