package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

func folder(t *testing.T) string {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "data", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"one.txt": "one", "sub/two.txt": "two"} {
		if err := os.WriteFile(filepath.Join(root, "data", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func text(t *testing.T, parts ...string) string {
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	root := folder(t)
	archive := filepath.Join(root, "a.zip")
	if err := Pack(filepath.Join(root, "data"), archive); err != nil {
		t.Fatal(err)
	}
	if err := Unpack(archive, filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	if text(t, root, "out", "one.txt") != "one" {
		t.Fatal("another text")
	}
}

func TestFoldersAreKept(t *testing.T) {
	root := folder(t)
	archive := filepath.Join(root, "a.zip")
	if err := Pack(filepath.Join(root, "data"), archive); err != nil {
		t.Fatal(err)
	}
	if err := Unpack(archive, filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	if text(t, root, "out", "sub", "two.txt") != "two" {
		t.Fatal("another text")
	}
}

func TestUnpackingTellsOfErrors(t *testing.T) {
	root := folder(t)
	if Unpack(filepath.Join(root, "none.zip"), root) == nil || Unpack(filepath.Join(root, "data", "one.txt"), root) == nil {
		t.Fatal("no error")
	}
}

func TestTar(t *testing.T) {
	root := folder(t)
	var stream bytes.Buffer
	zipped := gzip.NewWriter(&stream)
	writer := tar.NewWriter(zipped)
	writer.WriteHeader(&tar.Header{Name: "deep/", Typeflag: tar.TypeDir, Mode: 0o755})
	writer.WriteHeader(&tar.Header{Name: "deep/three.txt", Size: 5, Mode: 0o600})
	writer.Write([]byte("three"))
	writer.Close()
	zipped.Close()
	if err := UnpackTar(&stream, root); err != nil {
		t.Fatal(err)
	}
	if text(t, root, "deep", "three.txt") != "three" {
		t.Fatal("another text")
	}
}

func TestChecksums(t *testing.T) {
	root := folder(t)
	one, err := Checksum(filepath.Join(root, "data", "one.txt"))
	if err != nil {
		t.Fatal(err)
	}
	two, _ := Checksum(filepath.Join(root, "data", "sub", "two.txt"))
	again, _ := Checksum(filepath.Join(root, "data", "one.txt"))
	if one == two || one != again {
		t.Fatal(one, two, again)
	}
	if _, err := Checksum(filepath.Join(root, "none")); err == nil {
		t.Fatal("no error")
	}
}

func TestScriptRuns(t *testing.T) {
	script, err := Script(t.TempDir(), `echo "restoring $1 and $2"`)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := Run(script, []string{"a.zip", "b.zip"}); err != nil || out != "restoring a.zip and b.zip" {
		t.Fatal(err, out)
	}
}
