// Command archive packs folders, unpacks them, writes and runs scripts, and keeps checksums.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Pack writes the files of a folder into a zip archive.
func Pack(folder, archive string) error {
	out, err := os.OpenFile(archive, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0666)
	if err != nil {
		return err
	}
	defer out.Close()
	writer := zip.NewWriter(out)
	defer writer.Close()
	return filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		entry, err := writer.Create(filepath.ToSlash(name))
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = entry.Write(data)
		return err
	})
}

// Unpack writes what a zip archive holds into a folder.
func Unpack(archive, folder string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer reader.Close()
	for _, file := range reader.File {
		target := filepath.Join(folder, file.Name)
		if err := os.MkdirAll(filepath.Dir(target), 0777); err != nil {
			return err
		}
		in, err := file.Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0666); err != nil {
			return err
		}
	}
	return nil
}

// UnpackTar writes what a compressed tar archive holds into a folder.
func UnpackTar(stream io.Reader, folder string) error {
	plain, err := gzip.NewReader(stream)
	if err != nil {
		return err
	}
	reader := tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		target := folder + "/" + header.Name
		if header.Typeflag == tar.TypeDir {
			os.MkdirAll(target, 0777)
			continue
		}
		out, err := os.Create(target)
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, reader); err != nil {
			return err
		}
		out.Close()
	}
}

// Checksum identifies a file.
func Checksum(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:]), nil
}

// Script writes a script that restores an archive.
func Script(folder, command string) (string, error) {
	path := filepath.Join(folder, "restore.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+command+"\n"), 0777); err != nil {
		return "", err
	}
	return path, os.Chmod(path, 0777)
}

// Run runs a script with arguments.
func Run(script string, arguments []string) (string, error) {
	out, err := exec.Command("sh", "-c", script+" "+strings.Join(arguments, " ")).Output()
	return strings.TrimSpace(string(out)), err
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: archive pack FOLDER ARCHIVE | unpack ARCHIVE FOLDER")
		os.Exit(2)
	}
	work := Pack
	if os.Args[1] == "unpack" {
		work = Unpack
	}
	if err := work(os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
